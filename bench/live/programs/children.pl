# Forks a child for each request, which exits at once. SECONDS = how often it waits for its children; without it never.
use strict;
use warnings;
use POSIX ':sys_wait_h';

my $every = @ARGV && $ARGV[0] =~ /^[\d.]+$/ ? $ARGV[0] : undef;
my $rounds = 0;
while (1) {
    my $pid = fork();
    die "fork: $!" unless defined $pid;
    exit 0 if $pid == 0;
    select(undef, undef, undef, 0.25);
    $rounds++;
    if (defined $every && $rounds * 0.25 >= $every) {
        1 while waitpid(-1, WNOHANG) > 0;
        $rounds = 0;
    }
}
