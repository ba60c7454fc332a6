-- The shared index of matching. Five files make one script: buckets, leads, asking, forgetting, calls (in this order).
-- Nothing runs between two commands of a script. Layout: docs/match-index.md. Redis 6.2 and later; every key has the hash tag of KEYS.
--
-- KEYS  1 the mark that all is here   2 who restores   3 the state; other names are made from its prefix
-- ARGV  1 what to do   2 token: of the mark that the caller knows, or its own where it restores   then by operation

local call, sub, byte, find, rep, concat = redis.call, string.sub, string.byte, string.find, string.rep, table.concat
local pack, unpacked, floor, max, min = struct.pack, struct.unpack, math.floor, math.max, math.min

local SEGMENT = 32 -- leads whose records share one list
local LOAD = 192 -- references per bucket, on average, at which one more bucket is made
local FIRST_LEVEL = 8 -- 2^8 buckets to begin with
local WRAP = 2 ^ 32 - 1 -- references are numbers modulo this, plus one: 0 is an empty slot
local NOTHING = '\0\0\0\0'

local what, token = ARGV[1], ARGV[2]
local prefix = sub(KEYS[3], 1, -2)

local FIELDS = {
  'number', 'level', 'split', 'references', 'leads', 'oldest', 'segment', 'bucket',
  'same', 'crowded', 'left_out', 'missed', 'expired',
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

-- Buckets: strings of slots of 8 bytes, 4 of the key and 4 that refer to a lead, in the order of entry, then empty slots.
-- How many there are grows one by one with what they hold (linear hashing, Litwin 1980).

local function place(key) -- of 5 bytes: the name of its bucket, and the 4 bytes kept there
  local kept, low = unpacked('>I4B', key)
  local hash, buckets = kept * 256 + low, 2 ^ state.level
  local at = hash % buckets
  if at < state.split then at = hash % (2 * buckets) end
  return prefix .. 'k' .. at, sub(key, 1, 4)
end

local function references(bucket, kept) -- and their offsets
  local found, offsets, at = {}, {}, 1
  while true do
    at = find(bucket, kept, at, true)
    if not at then return found, offsets end
    if at % 8 == 1 then
      local reference = unpacked('>I4', bucket, at + 4)
      if reference ~= 0 then
        found[#found + 1] = reference
        offsets[#offsets + 1] = at
      end
      at = at + 8
    else
      at = at + 1
    end
  end
end

local function put(name, slots) -- these alone, with some room
  if slots == '' then
    call('DEL', name)
  else
    call('SET', name, slots .. rep('\0', 8 * max(3, floor(#slots / 64))))
  end
end

local function add(name, bucket, slot) -- into the first empty slot: the full ones come first
  local low, high = 0, #bucket / 8
  while low < high do
    local middle = floor((low + high) / 2)
    if sub(bucket, middle * 8 + 5, middle * 8 + 8) == NOTHING then high = middle else low = middle + 1 end
  end
  if low * 8 < #bucket then
    call('SETRANGE', name, low * 8, slot)
  else
    put(name, bucket .. slot)
  end
  state.references = state.references + 1
end

local function without(bucket, offsets) -- the same bucket, these slots taken out
  local parts, at = {}, 1
  for _, offset in ipairs(offsets) do
    parts[#parts + 1] = sub(bucket, at, offset - 1)
    at = offset + 8
  end
  parts[#parts + 1] = sub(bucket, at)
  state.references = state.references - #offsets
  return concat(parts)
end

local function split() -- the next bucket in turn into two
  local buckets, divisor = 2 ^ state.level, 2 ^ (state.level - FIRST_LEVEL)
  local name = prefix .. 'k' .. state.split
  local bucket, stay, go = call('GET', name) or '', {}, {}
  for at = 1, #bucket, 8 do
    local kept, reference = unpacked('>I4I4', bucket, at)
    if reference == 0 then break end
    local side = floor(kept / divisor) % 2 == 0 and stay or go
    side[#side + 1] = sub(bucket, at, at + 7)
  end
  put(name, concat(stay))
  put(prefix .. 'k' .. (state.split + buckets), concat(go))
  state.split = state.split + 1
  if state.split == buckets then
    state.level, state.split = state.level + 1, 0
  end
end
