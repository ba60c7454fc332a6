-- Forgetting: expired leads, erased leads, references to leads that are no more, and all of it.

local function sweep_segment(segment, newest, now_s)
  local name, living, expired = prefix .. 'r' .. segment, false, 0
  for i, bytes in ipairs(call('LRANGE', name, 0, -1)) do
    if bytes ~= '' then
      local lead = read(bytes)
      if lead.till < now_s then
        count_above(lead, -1 - lead.below, 0)
        forget(segment * SEGMENT + i)
        expired = expired + 1
      else
        living = true
      end
    end
  end
  if not living and segment < newest then
    call('DEL', name)
    if segment == state.oldest then state.oldest = segment + 1 end
  end
  state.expired = state.expired + expired
  return expired
end

local function prune_bucket(bucket)
  local name = prefix .. 'k' .. bucket
  local slots = call('GET', name)
  if not slots then return 0 end
  local living, pruned = {}, 0
  for at = 1, #slots, 8 do
    local reference = unpacked('>I4', slots, at + 4)
    if reference == 0 then break end
    if bytes_of(number_of(reference)) then living[#living + 1] = sub(slots, at, at + 7) else pruned = pruned + 1 end
  end
  if pruned > 0 or #living == 0 then put(name, concat(living)) end
  state.references = state.references - pruned
  return pruned
end

local function prune(from, count) -- how many references went, and where to go on
  local to, pruned = min(from + count, 2 ^ state.level + state.split), 0
  for bucket = from, to - 1 do pruned = pruned + prune_bucket(bucket) end
  return pruned, to
end

local function newest()
  return floor((state.number - 1) / SEGMENT)
end

local function sweep(now_s, segments, buckets)
  local expired, pruned, last = 0, 0, newest()
  state.segment = max(state.segment, state.oldest)
  local to = min(state.segment + segments, last + 1)
  for segment = state.segment, to - 1 do expired = expired + sweep_segment(segment, last, now_s) end
  state.segment = max(to, state.segment)
  pruned, state.bucket = prune(state.bucket, buckets)
  local around = state.segment > last and state.bucket >= 2 ^ state.level + state.split
  if around then state.segment, state.bucket = state.oldest, 0 end
  return { expired, pruned, around and 1 or 0 }
end

local function erase(ids)
  local erased = 0
  for at = 1, #ids, 10 do
    local lead, number = known(sub(ids, at, at + 9))
    if lead then
      count_above(lead, -1 - lead.below, 0)
      forget(number)
      erased = erased + 1
    end
  end
  return erased
end

local function clear(from, count) -- what an index that lost its mark still holds, and at last its state
  local buckets, segments = 2 ^ state.level + state.split, newest() + 1 - state.oldest
  local to = min(from + count, buckets + segments)
  for at = from, to - 1 do
    call('DEL', prefix .. (at < buckets and 'k' .. at or 'r' .. (state.oldest + at - buckets)))
  end
  if to < buckets + segments then return to end
  call('DEL', KEYS[3])
  return -1
end
