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

-- A record: flags, until when, the id, 4 bytes that tell the lead it was merged into or how many were merged into it (both where
-- there are both), then EXCLUSIVE bytes for each exclusive key, then what is sealed. Room for a link is there from the start:
-- records that grow would burst the nodes of their list.

local MERGED, BOTH = 16, 32 -- flags; below them the number of exclusive keys

local function read(bytes)
  local flags, till, id, link = unpacked('>BI4c10I4', bytes)
  local lead = { exclusive = flags % MERGED, till = till, id = id, into = 0, below = link }
  local at = 20
  if flags >= MERGED then
    lead.into, lead.below = link, 0
    if flags >= BOTH then
      lead.below, at = unpacked('>I4', bytes, at)
    end
  end
  lead.rest = sub(bytes, at)
  return lead
end

local function written(lead)
  local flags, link, both = lead.exclusive, lead.below, ''
  if lead.into ~= 0 then
    flags, link = flags + MERGED, lead.into
    if lead.below ~= 0 then
      flags, both = flags + BOTH, pack('>I4', lead.below)
    end
  end
  return pack('>BI4', flags, lead.till) .. lead.id .. pack('>I4', link) .. both .. lead.rest
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

-- Chains: a lead refers to the earlier one it was merged into, so there is no circle; each knows how many came below it.

local function above(lead) -- the lead that this one was merged into, if that is there
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

local function root_of(lead)
  local up = above(lead)
  while up do
    lead = up
    up = above(lead)
  end
  return lead
end

local function link(id, into)
  local lead, number = known(id)
  local reference = 0
  if lead and into then
    local up, its = known(into)
    reference = up and its < number and reference_of(its) or false
  end
  if not lead or not reference then
    state.missed = state.missed + 1
    return
  end
  if lead.into == reference then return end
  count_above(lead, -1 - lead.below, 0)
  lead.into = reference
  save(number, lead)
  count_above(lead, 1 + lead.below, lead.till)
end

local function take_links(links) -- each: the lead's id, then that of the one it was merged into or 10 zero bytes
  for at = 1, #links, 20 do
    local into = sub(links, at + 10, at + 19)
    link(sub(links, at, at + 9), into ~= rep('\0', 10) and into or nil)
  end
end
