-- The same steps as app/desk/turns.py, which says why.

local function seat_of(told)
  local active, number, stride, place, day, taken = unpacked(SEAT, told)
  return { active = active == 1, number = number, stride = stride, place = place, day = day, taken = taken }
end

local function told_of(seat)
  return pack(SEAT, seat.active and 1 or 0, seat.number, seat.stride, seat.place, seat.day, seat.taken)
end

local function new_seat(team, member, stride, day)
  state.members = state.members + 1
  call('HSET', prefix .. 'r', state.members, team .. '/' .. member)
  return { active = false, number = state.members, stride = stride, place = 0, day = day, taken = 0, new = true }
end

local function is_full(row, seat) return row.limit ~= NO_LIMIT and seat.taken >= row.limit end

local function settle(crew, n)
  local row, seat = crew.rows[n], crew.seats[n]
  local ahead = seat.active and seat.place - crew.place or seat.place
  if seat.stride ~= row.stride then
    ahead = floor(ahead * row.stride / seat.stride)
    seat.stride, seat.new = row.stride, true
  end
  if row.day > seat.day or row.day < seat.day - 2 then
    seat.day, seat.taken, seat.new = row.day, 0, true
    ahead = min(max(ahead, -seat.stride), seat.stride)
  end
  local active = row.here == 0 and not is_full(row, seat)
  local place = active and crew.place + ahead or ahead
  if active ~= seat.active or place ~= seat.place then seat.active, seat.place, seat.new = active, place, true end
end

local function weigh(crew)
  local weights = 0
  for _, seat in ipairs(crew.seats) do
    if seat.active then weights = weights + 1 / seat.stride end
  end
  crew.step = weights > 0 and floor(1 / weights) or 0
end

local function count(crew) -- the loads that are told: of those who are in
  crew.loads, crew.full = {}, 0
  for n, row in ipairs(crew.rows) do
    if row.here == 0 then
      row.told = #crew.loads + 1
      crew.loads[row.told] = crew.seats[n].taken
      if is_full(row, crew.seats[n]) then crew.full = 1 end
    end
  end
  crew.form = '>I2BB' .. string.rep('I4', #crew.loads)
end

local function open(crew)
  local told = call('HMGET', prefix .. 'm:' .. crew.team, '.', unpack(crew.names))
  crew.place = told[1] and unpacked('>d', told[1]) or 0
  crew.seats, crew.at = {}, {}
  for n, row in ipairs(crew.rows) do
    crew.seats[n] = told[n + 1] and seat_of(told[n + 1]) or new_seat(crew.team, row.member, row.stride, row.day)
    crew.at[crew.seats[n].number] = n
    settle(crew, n)
  end
  weigh(crew)
  count(crew)
end

local function close(crew)
  local told = { '.', pack('>d', crew.place) }
  for n, row in ipairs(crew.rows) do
    if crew.seats[n].new then told[#told + 1], told[#told + 2] = row.member, told_of(crew.seats[n]) end
  end
  local key = prefix .. 'm:' .. crew.team
  call('HSET', key, unpack(told))
  call('EXPIRE', key, OWNER_S)
end

local function take(crew, n)
  local seat = crew.seats[n]
  seat.taken, seat.new = seat.taken + 1, true
  seat.place = seat.place + seat.stride
  crew.place = crew.place + crew.step
  local row = crew.rows[n]
  if row.told then crew.loads[row.told] = seat.taken end
  if is_full(row, seat) then
    if row.told then crew.full = 1 end
    if seat.active then
      settle(crew, n)
      weigh(crew)
    end
  end
end

local function claim_of(lead) -- number, date that it counts for, why, its key
  local date = floor(state.at / DAY_MS)
  for told = date, date - 1, -1 do
    local key = claim_key(lead, told)
    local claim = call('HGET', key, lead)
    if claim then
      local number, day, why = unpacked(CLAIM, claim)
      return number, day, why, key
    end
  end
end

local function release(lead, number, day, key, opened, turn)
  call('HDEL', key, lead)
  local function free(seat)
    if seat.day ~= day then return false end
    seat.taken, seat.new = max(0, seat.taken - 1), true
    if turn then seat.place = seat.place - seat.stride end
    return true
  end
  for _, crew in pairs(opened) do
    local n = crew.at[number]
    if n then
      if free(crew.seats[n]) then
        settle(crew, n)
        weigh(crew)
        count(crew)
      end
      return
    end
  end
  local whose = call('HGET', prefix .. 'r', number)
  if not whose then return end
  local team, member = string.match(whose, '^(.-)/(.*)$')
  local told = call('HGET', prefix .. 'm:' .. team, member)
  if not told then return end
  local seat = seat_of(told)
  if free(seat) then call('HSET', prefix .. 'm:' .. team, member, told_of(seat)) end
end
