-- The keys, all under the hash tag, and below the mark of the restoring that filled them: what an earlier one left expires unseen.
--   complete            the mark; without it the desk says nothing
--   restoring           who fills it
--   <mark>:s            newest time, leads given, members numbered
--   <mark>:m:<team>     member -> seat; '.' -> the team's place
--   <mark>:r            number -> team/member
--   <mark>:c:<date>:<b> lead -> claim, of one UTC date, in 4,096 buckets: small hashes are stored compactly
--   <mark>:o:<n>:<b>    subject -> who had the newest lead, of one period

local what, token = ARGV[1], ARGV[2]
local call, floor, min, max = redis.call, math.floor, math.min, math.max
local pack, unpacked, sub, byte = struct.pack, struct.unpack, string.sub, string.byte

local DAY_MS, BEHIND_MS = 86400000, 3600000
local PERIOD = 90 -- days: an owner is kept for so long at most, and found in this period or the one before
local CLAIM_S, OWNER_S = 3 * 86400, 181 * 86400
local NIBBLES = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' }
local NO_LIMIT, NOBODY, STRIDE = 4294967295, 65535, 1000000
local SEAT, CLAIM, OWNER = '>BI3ddI4I4', '>I3I4B', '>I3I4'
local NO_SUBJECT = string.rep('\0', 10)

local mark = call('GET', KEYS[1])
local base = sub(KEYS[1], 1, -9) -- without `complete`
local prefix, state = '', { at = 0, given = 0, members = 0 }

local function use(of)
  prefix = base .. sub(of, 1, 12) .. ':'
  local told = call('GET', prefix .. 's')
  if told then state.at, state.given, state.members = unpacked('>ddd', told) end
end

local function save()
  call('SET', prefix .. 's', pack('>ddd', state.at, state.given, state.members), 'EX', OWNER_S)
end

local folders = {} -- kind and number -> the beginning of its keys

local function key_of(kind, number, id)
  local its = folders[kind + number]
  if not its then
    its = prefix .. (kind == 0 and 'c:' or 'o:') .. number .. ':'
    folders[kind + number] = its
  end
  return its .. sub(id, 9, 9) .. NIBBLES[floor(byte(id, 10) / 16)]
end

local function claim_key(lead, date) return key_of(0, date, lead) end
local function owner_key(subject, period) return key_of(0.5, period, subject) end

local function today(at) -- clocks of workers differ a little; the date does not go back for that
  state.at = state.at - at > BEHIND_MS and at or max(state.at, at)
  return floor(state.at / DAY_MS)
end

local function put(key, field, value, seconds)
  call('HSET', key, field, value)
  if call('HLEN', key) == 1 then call('EXPIRE', key, seconds) end -- it is new
end

local function keep_owner(subject, number, date)
  put(owner_key(subject, floor(date / PERIOD)), subject, pack(OWNER, number, date), OWNER_S)
end

local function owner_of(subject, date, keep)
  local period = floor(date / PERIOD)
  for n = period, period - 1, -1 do
    local told = call('HGET', owner_key(subject, n), subject)
    if told then
      local number, since = unpacked(OWNER, told)
      return date - since < keep and number or nil
    end
  end
end
