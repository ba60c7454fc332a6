-- Asking: known or new, the same event or another, and who shares its keys.

local function told(lead, mask)
  local root = root_of(lead)
  local record = sub(lead.rest, EXCLUSIVE * lead.exclusive + 1)
  return pack('>I4I4I2', mask, root.below, #record) .. lead.id .. root.id .. record
end

local function exclusives(keys) -- an iterator: the name of the bucket, the bytes kept there, those in the record
  local at, length = 1 - 5 - EXCLUSIVE, 5 + EXCLUSIVE
  return function()
    at = at + length
    if at > #keys then return end
    local name, kept = place(sub(keys, at, at + 4))
    return name, kept, sub(keys, at + 5, at + length - 1)
  end
end

local function holds(lead, tag)
  for at = 1, EXCLUSIVE * lead.exclusive, EXCLUSIVE do
    if sub(lead.rest, at, at + EXCLUSIVE - 1) == tag then return true end
  end
end

local function holder(keys, at_s) -- the first lead that has one of these and whose window stands
  for name, kept, tag in exclusives(keys) do
    for _, reference in ipairs(references(bucket_of(name), kept)) do
      local lead = lead_of(number_of(reference))
      if lead and lead.till >= at_s and holds(lead, tag) then return lead end
    end
  end
end

local function enter(id, till, keys, record)
  state.number = state.number + 1
  state.leads = state.leads + 1
  local reference = pack('>I4', reference_of(state.number))
  local slots, tags = {}, {}
  for name, kept, tag in exclusives(keys) do
    slots[#slots + 1] = { name, kept .. reference }
    tags[#tags + 1] = tag
  end
  local lead = { exclusive = #tags, till = till, id = id, into = 0, below = 0, rest = concat(tags) .. record }
  call('RPUSH', (where(state.number)), written(lead))
  fetched[state.number] = nil
  local name, kept = place(sub(id, 6, 10))
  add(name, kept .. reference)
  for _, slot in ipairs(slots) do add(slot[1], slot[2]) end
  return state.number, reference
end

local function candidates(keys, at_s, number, reference, crowd) -- reference: of a lead that enters
  local masks, shared, order = {}, {}, {}
  local held, bit = {}, 1
  for at = 1, #keys, 5 do
    local name, kept = place(sub(keys, at, at + 4))
    local met, last = {}, 0
    for _, one in ipairs(references(bucket_of(name), kept)) do
      local its = number_of(one)
      local bytes = its < number and its ~= last and bytes_of(its)
      if bytes and till_of(bytes) >= at_s then met[#met + 1] = its end
      last = its
    end
    held[#held + 1] = string.char(min(#met, 255))
    if #met >= crowd then
      state.crowded = state.crowded + 1
    else
      for _, its in ipairs(met) do
        if not masks[its] then
          masks[its], shared[its], order[#order + 1] = 0, 0, its
        end
        masks[its], shared[its] = masks[its] + bit, shared[its] + 1
      end
      if reference then add(name, kept .. reference) end
    end
    bit = bit * 2
  end
  table.sort(order, function(a, b)
    if shared[a] ~= shared[b] then return shared[a] > shared[b] end
    return a < b
  end)
  return masks, order, concat(held)
end

local function ask(id, at_s, till, exclusive, keys, record, crowd, most, answer)
  local _, number = known(id)
  local same = not number and holder(exclusive, at_s)
  if same then
    state.same = state.same + 1
    answer[#answer + 1] = pack('>I6BBI2', 0, 0, 1, 0) .. told(same, 0)
    return
  end
  local reference
  if not number then number, reference = enter(id, till, exclusive, record) end
  local masks, order, held = candidates(keys, at_s, number, reference, crowd)
  local told_of = min(#order, most)
  state.left_out = state.left_out + #order - told_of
  answer[#answer + 1] = pack('>I6BBI2', number, #held, told_of, #order - told_of) .. held
  for i = 1, told_of do
    answer[#answer + 1] = told(lead_of(order[i]), masks[order[i]])
  end
end

local function take_asks(asks, crowd, most)
  local answer, at = {}, 1
  while at <= #asks do
    local id = sub(asks, at, at + 9)
    local at_s, till, exclusive, keyed, length = unpacked('>I4I4BBI2', asks, at + 10)
    local x = at + 22
    local k = x + (5 + EXCLUSIVE) * exclusive
    local r = k + 5 * keyed
    at = r + length
    cached = {}
    ask(id, at_s, till, sub(asks, x, k - 1), sub(asks, k, r - 1), sub(asks, r, at - 1), crowd, most, answer)
    while state.references > LOAD * (2 ^ state.level + state.split) do split() end
  end
  return concat(answer)
end
