# Reads messages, each behind a line with its length in bytes, and prints a line for each: the result of every signature, by Mail::DKIM.
# The first argument is the port of the name server on loopback.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $ARGV[0], udp_timeout => 20));
binmode STDIN;
$| = 1;
while (defined(my $length = <STDIN>)) {
    my $message = '';
    while (length $message < $length) { read(STDIN, $message, $length - length $message, length $message) or die 'The input ended'; }
    my $dkim = Mail::DKIM::Verifier->new;
    $dkim->PRINT($message);
    $dkim->CLOSE;
    print join(' ', map { $_->domain . '/' . $_->selector . '=' . $_->result } $dkim->signatures), "\n";
}
