-- Asking: known or new, the same event or another, and who shares its keys.

local function told(lead, mask)
  local of, root = ends_of(lead)
  local record = sub(lead.rest, EXCLUSIVE * lead.exclusive + 1)
  return pack('>I4I4I2B', mask, root.below, #record, root.apart and 1 or 0) .. lead.id .. of.id .. root.id .. record
end

-- Where an ask's keys are kept: first the id, then the exclusive keys, then the others; their buckets in one command.
local function placed(id, exclusive, keys)
  local names, kept, tags, limits = {}, {}, {}, {}
  names[1], kept[1] = place(sub(id, 6, 10))
  for at = 1, #exclusive, EXCLUSIVE_KEY do
    local n = #names + 1
    names[n], kept[n] = place(sub(exclusive, at + 11, at + 15)) -- not those that find another key of the same text
    tags[n - 1] = sub(exclusive, at + 11 - EXCLUSIVE, at + 10)
  end
  for at = 1, #keys, KEY do
    local n = #names + 1
    names[n], kept[n] = place(sub(keys, at, at + 4))
    limits[n] = string.byte(keys, at + KEY - 1)
  end
  cached = {}
  for n, bucket in ipairs(call('MGET', unpack(names))) do cached[names[n]] = bucket or '' end
  return names, kept, tags, limits
end

local function holds(lead, tag)
  for at = 1, EXCLUSIVE * lead.exclusive, EXCLUSIVE do
    if sub(lead.rest, at, at + EXCLUSIVE - 1) == tag then return true end
  end
end

local function holder(names, kept, tags, at_s) -- the first lead that has one of these and whose window stands
  for n, tag in ipairs(tags) do
    for _, reference in ipairs(references(bucket_of(names[n + 1]), kept[n + 1])) do
      local lead = lead_of(number_of(reference))
      if lead and lead.till >= at_s and holds(lead, tag) then return lead end
    end
  end
end

local function leave_out(number) -- restored leads keep their numbers; those between them were leads that are no more
  if state.leads == 0 then state.oldest = floor(number / SEGMENT) end
  local name, at = where(number + 1)
  for _ = call('LLEN', name), at - 1 do call('RPUSH', name, '') end
  state.holes = state.holes + number - max(state.number, state.oldest * SEGMENT)
  state.number = number
end

local function enter(id, till, names, kept, tags, record, number)
  if number and number > state.number + 1 then leave_out(number - 1) end
  state.number = state.number + 1
  state.leads = state.leads + 1
  local lead = { exclusive = #tags, till = till, id = id, into = 0, below = 0, rest = concat(tags) .. record }
  call('RPUSH', (where(state.number)), written(lead))
  fetched[state.number] = nil
  local reference = pack('>I4', reference_of(state.number))
  for n = 1, #tags + 1 do add(names[n], kept[n] .. reference) end
  return state.number, reference
end

local function findable(number, at_s)
  local bytes = bytes_of(number)
  return bytes and till_of(bytes) >= at_s and bytes
end

-- Of a key that strangers may share all leads count, those that ended and are not swept, too: no record need be read. Of one's
-- own only who belongs to nobody else: that crowd is of persons.
local function crowded(numbers, limit, crowd, at_s)
  if #numbers < min(limit, crowd) then return false end
  if limit < crowd then return true end
  local persons = 0
  for _, its in ipairs(numbers) do
    local bytes = findable(its, at_s)
    if bytes and not belongs(bytes) then persons = persons + 1 end
  end
  return persons >= crowd
end

local function candidates(names, kept, limits, first, at_s, number, reference, crowd) -- reference: of a lead that enters
  local masks, shared, enough, met, order = {}, {}, {}, {}, {}
  local crowds, bit, bare = 0, 1, true
  for n = first, #names do bare = bare and limits[n] < crowd end
  for n = first, #names do
    local numbers = {}
    for _, one in ipairs(references(bucket_of(names[n]), kept[n])) do
      local its = number_of(one)
      if its < number and its ~= numbers[#numbers] then numbers[#numbers + 1] = its end
    end
    if crowded(numbers, limits[n], crowd, at_s) then
      state.crowded, crowds = state.crowded + 1, crowds + bit
    else
      local alone = bare or limits[n] >= crowd -- else strangers may share it: it takes another key, too
      for _, its in ipairs(numbers) do
        if not masks[its] then
          masks[its], shared[its], met[#met + 1] = 0, 0, its
        end
        masks[its], shared[its], enough[its] = masks[its] + bit, shared[its] + 1, enough[its] or alone
      end
      if reference then add(names[n], kept[n] .. reference) end
    end
    bit = bit * 2
  end
  for _, its in ipairs(met) do
    if (enough[its] or shared[its] > 1) and findable(its, at_s) then order[#order + 1] = its end
  end
  table.sort(order, function(a, b)
    if shared[a] ~= shared[b] then return shared[a] > shared[b] end
    return a < b
  end)
  return masks, order, crowds
end

local function met_at(at_s) -- when asks were lately: nobody forgets what these could find
  state.low = state.low == 0 and max(at_s, 1) or min(state.low, max(at_s, 1))
  state.high = max(state.high, at_s)
end

local function ask(id, at_s, till, exclusive, keys, record, crowd, most, answer, its_number)
  local names, kept, tags, limits = placed(id, exclusive, keys)
  local _, number = known(id, names[1], kept[1])
  local same = not number and holder(names, kept, tags, at_s)
  if same then
    state.same = state.same + 1
    answer[#answer + 1] = pack('>I6I4BI2', 0, 0, 1, 0) .. told(same, 0)
    return
  end
  local reference
  if not number then
    if at_s < state.forgotten then state.late = state.late + 1 end
    number, reference = enter(id, till, names, kept, tags, record, its_number)
  end
  local masks, order, crowds = candidates(names, kept, limits, #tags + 2, at_s, number, reference, crowd)
  local told_of = min(#order, most)
  state.left_out = state.left_out + #order - told_of
  answer[#answer + 1] = pack('>I6I4BI2', number, crowds, told_of, #order - told_of)
  for i = 1, told_of do
    answer[#answer + 1] = told(lead_of(order[i]), masks[order[i]])
  end
end

local function take_asks(asks, crowd, most, restored) -- restored: before each the number that it had, after it its links
  local answer, at = {}, 1
  while at <= #asks do
    local number, links = nil, 0
    if restored then
      number, links, at = unpacked('>I6I2', asks, at)
    end
    local id = sub(asks, at, at + 9)
    local at_s, till, exclusive, keyed, length = unpacked('>I4I4BBI2', asks, at + 10)
    local x = at + 22
    local k = x + EXCLUSIVE_KEY * exclusive
    local r = k + KEY * keyed
    at = r + length
    met_at(at_s)
    ask(id, at_s, till, sub(asks, x, k - 1), sub(asks, k, r - 1), sub(asks, r, at - 1), crowd, most, answer, number)
    if links > 0 then take_links(sub(asks, at, at + LINK * links - 1)) end
    at = at + LINK * links
    while state.references > LOAD * (2 ^ state.level + state.split) do split() end
  end
  return concat(answer)
end
