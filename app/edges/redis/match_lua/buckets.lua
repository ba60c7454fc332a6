-- The shared index of matching. Five files make one script: buckets, leads, asking, forgetting, calls (in this order).
-- Nothing runs between two commands of a script. Layout: docs/match-index.md. Redis 6.2 and later; every key has the hash tag of KEYS.
--
-- KEYS  1 the mark that all is here   2 who restores   3 the state; other names are made from its prefix
-- ARGV  1 what to do   2 token: of the mark that the caller knows, or its own where it restores   then by operation

local call, sub, find, rep, concat = redis.call, string.sub, string.find, string.rep, table.concat
local pack, unpacked, floor, max, min = struct.pack, struct.unpack, math.floor, math.max, math.min

local SEGMENT = 2048 -- leads whose records share one list: many nodes of Redis's 8 KB, which it fills well
local LOAD = 192 -- references per bucket, on average, at which one more bucket is made
local GRAVES = 2 ^ 16 -- leads whose death one bitmap tells
local FIRST_LEVEL = 10 -- 2^10 buckets to begin with
local WRAP = 2 ^ 32 - 1 -- references are numbers modulo this, plus one: 0 is an empty slot
local NOTHING, EMPTY = rep('\0', 4), rep('\0', 7) -- no reference; an empty slot
local KEY, EXCLUSIVE_KEY = 8, 16 -- bytes as they come: 5 find (34 bits of them count), the last says how many persons may have it
local EXCLUSIVE = 4 -- bytes more of an exclusive key, which stand in the record and tell whether it is the one
local DANGLING = 0.1 -- share of references to leads that are no more, above which full buckets are pruned

local what, token = ARGV[1], ARGV[2]
local prefix = sub(KEYS[3], 1, -2)

local FIELDS = {
  'number', 'level', 'split', 'references', 'dangling', 'leads', 'oldest', 'holes', 'segment', 'bucket', 'ended',
  'same', 'crowded', 'left_out', 'missed', 'late', 'expired', -- counted
  'forgotten', 'walked', 'since', 'low', 'high', 'low_before', 'high_before', -- see forgetting
}
local state = {}

local function load_state()
  local held = call('HMGET', KEYS[3], unpack(FIELDS))
  for i, field in ipairs(FIELDS) do state[field] = tonumber(held[i] or '0') end
  state.level = max(state.level, FIRST_LEVEL)
end

local function save_state()
  local held = {}
  for _, field in ipairs(FIELDS) do
    held[#held + 1] = field
    held[#held + 1] = string.format('%.0f', state[field])
  end
  call('HSET', KEYS[3], unpack(held))
end

-- Numbers and references: a reference is 4 bytes of a number, and finds the latest lead that has them.

local function number_of(reference)
  return state.number - (state.number - (reference - 1)) % WRAP
end

local function reference_of(number)
  return number % WRAP + 1
end

-- The dead: all of the segments before the oldest; after it, those whose bit is set.

local function grave(number)
  return prefix .. 'd' .. pack('>I4', floor(number / GRAVES)), number % GRAVES
end

local function dead(number)
  if number <= state.oldest * SEGMENT then return true end
  if state.holes == 0 then return false end
  local name, bit = grave(number)
  return call('GETBIT', name, bit) == 1
end

-- Buckets: strings of slots of 7 bytes, 3 of the key and 4 that refer to a lead, in the order of entry, then empty slots.
-- How many there are grows one by one with what they hold (linear hashing, Litwin 1980).

local cached = {} -- of the ask at hand; what is written is forgotten

local function bucket_name(bucket)
  return prefix .. 'k' .. pack('>I4', bucket)
end

local function bucket_of(name)
  local bucket = cached[name]
  if not bucket then
    bucket = call('GET', name) or ''
    cached[name] = bucket
  end
  return bucket
end

local function place(key) -- of 5 bytes: the name of its bucket, and the 3 bytes kept there
  local kept, low = unpacked('>I3I2', key)
  local hash, buckets = kept * 2 ^ FIRST_LEVEL + low % 2 ^ FIRST_LEVEL, 2 ^ state.level
  local at = hash % buckets
  if at < state.split then at = hash % (2 * buckets) end
  return bucket_name(at), sub(key, 1, 3)
end

local function references(bucket, kept)
  local found, at = {}, find(bucket, kept, 1, true)
  while at do
    if at % 7 == 1 then
      local reference = unpacked('>I4', bucket, at + 3)
      if reference == 0 then break end
      found[#found + 1] = reference
    end
    at = find(bucket, kept, at + 1, true)
  end
  return found
end

-- With room for at least one slot more, filling what an allocator gives: sizes are of 4 steps per power of two (jemalloc's),
-- less the head of the string.
local function put(name, slots)
  cached[name] = nil
  if slots == '' then
    call('DEL', name)
    return
  end
  local need = #slots + 7 + 8
  local _, power = math.frexp(need - 1)
  local step = max(16, 2 ^ (power - 3))
  local size = math.ceil(need / step) * step - 8
  call('SET', name, slots .. rep('\0', size - size % 7 - #slots))
end

local function living(bucket) -- the slots that refer to leads that are there, and how many others there were
  local kept, pruned, from = {}, 0, 1
  local at = 1
  while at <= #bucket do
    local reference = unpacked('>I4', bucket, at + 3)
    if reference == 0 then break end
    if dead(number_of(reference)) then
      kept[#kept + 1] = sub(bucket, from, at - 1)
      pruned, from = pruned + 1, at + 7
    end
    at = at + 7
  end
  kept[#kept + 1] = sub(bucket, from, at - 1)
  state.references = state.references - pruned
  state.dangling = max(0, state.dangling - pruned)
  return concat(kept), pruned
end

local function empty_slot(bucket) -- its offset, from 0: the full slots come first, and `put` leaves a fifth of all and 3 at most
  local at = find(bucket, EMPTY, 7 * max(0, floor(#bucket / 7 * 0.8) - 3) + 1, true)
  while at do
    local slot = math.ceil((at - 1) / 7) * 7 -- a number may end with zeros
    if sub(bucket, slot + 4, slot + 7) == NOTHING then return slot end
    at = find(bucket, EMPTY, at + 1, true)
  end
end

local function add(name, slot)
  local bucket = bucket_of(name)
  local empty = empty_slot(bucket)
  if empty then
    call('SETRANGE', name, empty, slot)
    cached[name] = nil
  else
    if state.dangling > DANGLING * state.references then bucket = living(bucket) end
    put(name, bucket .. slot)
  end
  state.references = state.references + 1
end

local function split() -- the next bucket in turn into two
  local buckets, divisor = 2 ^ state.level, 2 ^ (state.level - FIRST_LEVEL)
  local name = bucket_name(state.split)
  local bucket, stay, go = bucket_of(name), {}, {}
  for at = 1, #bucket, 7 do
    local kept, reference = unpacked('>I3I4', bucket, at)
    if reference == 0 then break end
    local side = floor(kept / divisor) % 2 == 0 and stay or go
    side[#side + 1] = sub(bucket, at, at + 6)
  end
  put(name, concat(stay))
  put(bucket_name(state.split + buckets), concat(go))
  state.split = state.split + 1
  if state.split == buckets then
    state.level, state.split = state.level + 1, 0
  end
end
