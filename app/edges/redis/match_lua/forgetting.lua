-- Forgetting: expired leads, erased leads, references to leads that are no more, and all of it.

local function bury(segment) -- the oldest one, all of it dead: nobody need ask for its bits
  state.oldest = segment + 1
  state.holes = state.holes - SEGMENT
  local before, after = (grave(segment * SEGMENT + 1)), grave(state.oldest * SEGMENT + 1)
  if before ~= after then call('DEL', before) end
end

local function sweep_segment(segment, last, now_s)
  local name = where(segment * SEGMENT + 1)
  local living, expired = false, 0
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
  if not living and segment < last then
    call('DEL', name)
    if segment == state.oldest then bury(segment) end
  end
  state.expired = state.expired + expired
  return expired
end

local function prune_bucket(bucket)
  local name = bucket_name(bucket)
  local slots = call('GET', name)
  if not slots then return 0 end
  local kept, pruned = living(slots)
  if pruned > 0 then put(name, kept) end
  return pruned
end

local function prune(from, count) -- how many references went, and where to go on
  local to, pruned = min(from + count, 2 ^ state.level + state.split), 0
  for bucket = from, to - 1 do pruned = pruned + prune_bucket(bucket) end
  return pruned, to
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
  local first = floor(state.oldest * SEGMENT / GRAVES)
  local graves = floor(state.number / GRAVES) + 1 - first
  local all = buckets + segments + graves
  local to = min(from + count, all)
  for at = from, to - 1 do
    if at < buckets then
      call('DEL', bucket_name(at))
    elseif at < buckets + segments then
      call('DEL', (where((state.oldest + at - buckets) * SEGMENT + 1)))
    else
      call('DEL', (grave((first + at - buckets - segments) * GRAVES)))
    end
  end
  if to < all then return to end
  call('DEL', KEYS[3])
  return -1
end
