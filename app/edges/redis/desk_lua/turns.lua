-- Whose turn it is; see app/desk/turns.py. What is wanted comes as one string, whose layout stands in desk_wire.py.

local WHY = { sticky = 0, in_turn = 1, named = 2, no_members = 3, nobody_in = 4, full = 5, no_match = 6 }

local function read_crews(told)
  local count, crews, at = byte(told, 1) * 256 + byte(told, 2), {}, 3
  for _ = 1, count do
    local team, rows, keep
    team, rows, keep, at = unpacked('>Bc0I2I2', told, at)
    local crew = { team = team, keep = keep, rows = {}, names = {} }
    for n = 1, rows do
      local member, here, stride, limit, day
      member, here, stride, limit, day, at = unpacked('>Bc0BI4I4I4', told, at)
      crew.rows[n] = { member = member, here = here, stride = stride, limit = limit, day = day }
      crew.names[n] = member
    end
    crews[#crews + 1] = crew
  end
  return crews
end

local function chosen(crew, ask, date)
  local rows, seats, able, had = crew.rows, crew.seats, ask.able, ask.had
  if ask.named then
    local row = rows[ask.named]
    if not row then return nil, WHY.no_match end
    if row.here == 2 then return nil, WHY.nobody_in end
    if is_full(row, seats[ask.named]) then return nil, WHY.full end
    return ask.named, WHY.named
  end
  local best, place, fit, inside = nil, nil, false, false
  if able or had then
    for n = 1, #rows do
      if not (able and byte(able, n) == 0) and not (had and had[n]) then
        fit = true
        if rows[n].here == 0 then inside = true end
        local seat = seats[n]
        if seat.active and (not best or seat.place < place) then best, place = n, seat.place end
      end
    end
  else
    fit, inside = true, #crew.loads > 0
    for n = 1, #seats do
      local seat = seats[n]
      if seat.active and (not best or seat.place < place) then best, place = n, seat.place end
    end
  end
  if not best then return nil, not fit and WHY.no_match or inside and WHY.full or WHY.nobody_in end
  if ask.subject ~= NO_SUBJECT and crew.keep > 0 then
    local n = crew.at[owner_of(ask.subject, date, crew.keep) or 0]
    if n and seats[n].active and not (able and byte(able, n) == 0) and not (had and had[n]) then return n, WHY.sticky end
  end
  return best, WHY.in_turn
end

local function told_of_lead(crew, n, why) -- before it is taken
  return pack(crew.form, n and n - 1 or NOBODY, why, crew.full, unpack(crew.loads))
end

local function told_again(crew, n, day, why) -- its own place does not count
  local at, seat = crew.rows[n].told, crew.seats[n]
  if not at or seat.day ~= day then return told_of_lead(crew, n, why) end
  crew.loads[at] = max(0, seat.taken - 1)
  local told = told_of_lead(crew, n, why)
  crew.loads[at] = seat.taken
  return told
end

local function assign(at_ms, crews, asks)
  local date, at, answers, opened = today(at_ms), 1, {}, {}
  local groups = {}
  local count = byte(asks, 1) * 256 + byte(asks, 2)
  at = 3
  for n = 1, count do
    groups[n], at = unpacked('>I2c0', asks, at)
  end
  while at <= #asks do
    local ask, team, group, named, late, had = {}, 0, 0, 0, 0, 0
    ask.lead, ask.subject, team, group, named, late, had, at = unpacked('>c10c10I2I2I2BB', asks, at)
    if had > 0 then
      ask.had = {}
      for _ = 1, had do
        local n
        n, at = unpacked('>I2', asks, at)
        ask.had[n + 1] = true
      end
    end
    ask.able, ask.named = groups[group], named > 0 and named or nil
    local crew = crews[team]
    if crew and not crew.seats then
      open(crew)
      opened[#opened + 1] = crew
    end
    local number, day, why, key = claim_of(ask.lead)
    local told
    if number then
      local n = crew and crew.at[number]
      if n and not (ask.had and ask.had[n]) and (not ask.named or ask.named == n) then
        told = told_again(crew, n, day, why)
      else
        release(ask.lead, number, day, key, opened, late == 0)
      end
    end
    if not told and crew then
      local n, its = chosen(crew, ask, date)
      told = told_of_lead(crew, n, its)
      if n then
        local seat = crew.seats[n]
        take(crew, n)
        put(claim_key(ask.lead, date), ask.lead, pack(CLAIM, seat.number, seat.day, its), CLAIM_S)
        if ask.subject ~= NO_SUBJECT then keep_owner(ask.subject, seat.number, date) end
        state.given = state.given + 1
      end
    end
    answers[#answers + 1] = told
  end
  for _, crew in ipairs(opened) do close(crew) end
  return table.concat(answers)
end
