-- Take or renew the ownership of a host's panes.
-- KEYS: lease, epoch counter, host hash
-- ARGV: owner, held token or '', expiry in milliseconds, owner known to be dead or ''
-- Returns the token `<owner> <epoch>` when owned, '' when somebody else holds it.
local held = redis.call('GET', KEYS[1])
if held and held == ARGV[2] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return held
end
if held and (ARGV[4] == '' or string.sub(held, 1, #ARGV[4] + 1) ~= ARGV[4] .. ' ') then
  return ''
end
local token = ARGV[1] .. ' ' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
