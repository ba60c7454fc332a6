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
      if till_of(bytes) < now_s then
        local lead = read(bytes)
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
  if to == 2 ^ state.level + state.split then state.dangling = 0 end -- all were looked at
  return pruned, to
end

local function sweep(now_s, segments, buckets) -- both walks go on by themselves; `ended`: bit 0 leads, bit 1 references
  local expired, last, from = 0, newest(), max(state.segment, state.oldest)
  local to = min(from + segments, last + 1)
  for segment = from, to - 1 do expired = expired + sweep_segment(segment, last, now_s) end
  local pruned, at = prune(state.bucket, buckets)
  local ended = { state.ended % 2 == 1 or to > last, state.ended >= 2 or at >= 2 ^ state.level + state.split }
  local around = ended[1] and ended[2]
  state.segment = (around or to > last) and state.oldest or to
  state.bucket = (around or at >= 2 ^ state.level + state.split) and 0 or at
  state.ended = around and 0 or (ended[1] and 1 or 0) + (ended[2] and 2 or 0)
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
