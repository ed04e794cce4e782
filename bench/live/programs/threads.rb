# A background thread for each job, which sleeps for ever when the job is done.
loop do
  Thread.new { sleep }
  sleep 0.4
end
