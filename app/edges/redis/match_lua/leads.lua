-- Records: lists of SEGMENT each, by number; an empty one is of a lead that is no more.

local function newest() -- segment; -1: none
  return floor((state.number - 1) / SEGMENT)
end

local function where(number)
  local segment = floor((number - 1) / SEGMENT)
  return prefix .. 'r' .. pack('>I4', segment), number - 1 - segment * SEGMENT
end

local fetched = {} -- by number, for all asks of a batch: they may meet the same crowd

local function bytes_of(number) -- false: the lead is no more
  local bytes = fetched[number]
  if bytes == nil then
    bytes = call('LINDEX', where(number))
    bytes = bytes and bytes ~= '' and bytes
    fetched[number] = bytes
  end
  return bytes
end

local function till_of(bytes)
  return (unpacked('>I4', bytes, 2))
end

-- A record: flags, until when, the id, 4 bytes that tell the lead it belongs to or how many belong to it (both where there are
-- both), then EXCLUSIVE bytes for each exclusive key, then what is compared. Room for a link is there from the start: records
-- that grow would burst the nodes of their list.

local BELONGS, BOTH, LINKED, APART = 16, 32, 64, 128 -- flags; below them the number of exclusive keys
local band = bit.band

local function read(bytes)
  local flags, till, id, link = unpacked('>BI4c10I4', bytes)
  local lead = { exclusive = flags % BELONGS, till = till, id = id, into = 0, below = link, linked = false, apart = flags >= APART }
  local at = 20
  if band(flags, BELONGS) ~= 0 then
    lead.into, lead.below, lead.linked = link, 0, band(flags, LINKED) ~= 0
    if band(flags, BOTH) ~= 0 then
      lead.below, at = unpacked('>I4', bytes, at)
    end
  end
  lead.rest = sub(bytes, at)
  return lead
end

local function written(lead)
  local flags, link, both = lead.exclusive + (lead.apart and APART or 0), lead.below, ''
  if lead.into ~= 0 then
    flags, link = flags + BELONGS + (lead.linked and LINKED or 0), lead.into
    if lead.below ~= 0 then
      flags, both = flags + BOTH, pack('>I4', lead.below)
    end
  end
  return pack('>BI4', flags, lead.till) .. lead.id .. pack('>I4', link) .. both .. lead.rest
end

local function belongs(bytes) -- whether the lead was merged into another, or is another's person
  return floor(string.byte(bytes) / BELONGS) % 2 == 1
end

local function lead_of(number)
  local bytes = bytes_of(number)
  return bytes and read(bytes)
end

local function save(number, lead)
  local name, at = where(number)
  call('LSET', name, at, written(lead))
  fetched[number] = nil
end

local function forget(number)
  local name, at = where(number)
  call('LSET', name, at, '')
  fetched[number] = nil
  name, at = grave(number)
  call('SETBIT', name, at, 1)
  state.dangling = state.dangling + state.references / max(1, state.leads) -- about: nobody knows how many keys it had
  state.leads, state.holes = state.leads - 1, state.holes + 1
end

local function known(id, name, kept) -- the lead and its number; where its id is kept, if that is known
  if not name then
    name, kept = place(sub(id, 6, 10))
  end
  for _, reference in ipairs(references(bucket_of(name), kept)) do
    local number = number_of(reference)
    local bytes = bytes_of(number)
    if bytes and sub(bytes, 6, 15) == id then return read(bytes), number end
  end
end

-- Chains: a lead refers to the earlier one it belongs to, so there is no circle; each knows how many came below it.

local function above(lead) -- the lead that this one belongs to, if that is there
  if lead.into == 0 then return end
  local number = number_of(lead.into)
  return lead_of(number) or nil, number
end

local function count_above(lead, change, till) -- tell all above that `change` leads came below them (or left)
  local up, number = above(lead)
  while up do
    up.below = max(0, up.below + change)
    up.till = max(up.till, till)
    save(number, up)
    up, number = above(up)
  end
end

local function ends_of(lead) -- the lead that it was merged into in the end, and the first one of its person
  local of, root, merged = lead, lead, true
  local up = above(lead)
  while up do
    merged = merged and not root.linked
    root = up
    if merged then of = up end
    up = above(up)
  end
  return of, root
end

local function root_of(lead, number)
  local up, its = above(lead)
  while up do
    lead, number = up, its
    up, its = above(up)
  end
  return lead, number
end

local function put_below(lead, number, into, linked) -- into: the reference of an earlier one, 0 of none
  if lead.into == into and lead.linked == linked then return end
  count_above(lead, -1 - lead.below, 0)
  lead.into, lead.linked = into, linked
  save(number, lead)
  count_above(lead, 1 + lead.below, lead.till)
end

local function join(lead, number, other, its) -- two persons: who began later belongs to who began earlier
  lead, number = root_of(lead, number)
  other, its = root_of(other, its)
  if number > its then put_below(lead, number, reference_of(its), true) end
  if number < its then put_below(other, its, reference_of(number), true) end
end

local function link(id, into, same)
  local lead, number = known(id)
  local up, its
  if into and lead then up, its = known(into) end
  if not lead or into and (not up or its == number or same and its > number) then
    state.missed = state.missed + 1
  elseif not into then
    lead.apart = true
    save(number, lead)
    put_below(lead, number, 0, false)
  elseif same or its < number and (not above(lead) or lead.into == reference_of(its)) then
    put_below(lead, number, reference_of(its), not same)
  else
    join(lead, number, up, its)
  end
end

local NOBODY, LINK = rep('\0', 10), 21 -- bytes

local function take_links(links) -- each: the lead's id, that of whom it belongs to or zeros, whether they are the same
  for at = 1, #links, LINK do
    local into = sub(links, at + 10, at + 19)
    link(sub(links, at, at + 9), into ~= NOBODY and into or nil, sub(links, at + 20, at + 20) == '\1')
  end
end
