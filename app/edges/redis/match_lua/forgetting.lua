-- Forgetting: expired leads, erased leads, references to leads that are no more, and all of it.

local EPOCH = 120 -- seconds
local LEADS_A_STEP = 400 -- a step of the sweep for so many that entered keeps what has ended below a fifth

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

-- When it is by the leads' own time, as far as forgetting may know: what asks of lately could find is kept, so that lanes that lag,
-- and records read again, find each other. But a source whose clock is far behind must not keep everything, and one whose clock
-- is ahead must not end everything: no earlier than `late` seconds before the latest of lately, and never later than now.
-- `Lately` is between one and two EPOCHs. The steps that are due since the last time belong to who asks.
local function horizon(now_s, late, most)
  if now_s - state.since >= EPOCH or now_s < state.since then
    state.low_before, state.high_before, state.low, state.high, state.since = state.low, state.high, 0, 0, now_s
  end
  local steps = min(most, floor((state.number - state.walked) / LEADS_A_STEP))
  state.walked = state.walked + steps * LEADS_A_STEP
  local low = state.low_before == 0 and state.low or state.low == 0 and state.low_before or min(state.low, state.low_before)
  local till = min(now_s, max(low, min(now_s, max(state.high, state.high_before)) - late))
  return { low == 0 and 0 or max(till, 0), steps }
end

local function sweep(now_s, segments, buckets) -- both walks go on by themselves; `ended`: bit 0 leads, bit 1 references
  local expired, last, from = 0, newest(), max(state.segment, state.oldest)
  state.forgotten = max(state.forgotten, now_s)
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
