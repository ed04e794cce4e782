# Keeps every request in a global list. MOST = number of requests that are kept.
most = ARGV[0] =~ /\A\d+\z/ ? ARGV[0].to_i : nil
$history = []
id = 0
loop do
  $history << Array.new(200) { |line| "#{id}:#{line}:".ljust(200, 'x') }
  $history.shift if most && $history.size > most
  id += 1
  sleep 0.05
end
