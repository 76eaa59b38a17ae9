import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { readBytes, within } from "../../system/limits.ts";
import type { AttachedStreams } from "../attached.ts";

/** Perl waits 5 s for the port; milliseconds. */
const OPEN_WITHIN = 20_000;
/** Of what it complains about. */
const MOST_BYTES = 65_536;

/** Written first, when the port has answered. */
const OPEN = "+";

/**
 * Leads its standard input and output to a port of the container's loopback. Perl is part of every Debian and ready in
 * 10 ms. After the end of its input it waits 5 minutes for the rest of an answer.
 */
const SCRIPT = `
use strict; use IO::Socket::INET; use IO::Select;
my $port = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0], Timeout => 5)
	or do { print STDERR "nobody answers ($!)"; exit 1 };
sub put { my ($to, $bytes) = @_;
	while (length $bytes) { my $n = syswrite($to, $bytes) or exit 1; substr($bytes, 0, $n) = "" } }
put(\\*STDOUT, "${OPEN}");
my $both = IO::Select->new($port, \\*STDIN);
my $patience;
while (my @ready = $both->can_read($patience)) {
	for my $from (@ready) {
		my $n = sysread($from, my $bytes, 65536);
		if ($from == $port) { exit 0 unless $n; put(\\*STDOUT, $bytes) }
		elsif ($n) { put($port, $bytes) }
		else { $both->remove($from); shutdown($port, 1); $patience = 300 }
	}
}`;

/** Runs a program in the container, see ContainerHost.attach. */
type Attach = (argv: readonly string[], streams: AttachedStreams) => Promise<number>;

/** A stream to a port of the container's loopback. @throws Error when nobody listens there */
export async function openRelay(attach: Attach, port: number, withinMs = OPEN_WITHIN): Promise<Duplex> {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	const ending = new AbortController();
	const refused = readBytes(stderr, MOST_BYTES).then(String);
	const argv = ["perl", "-e", SCRIPT, String(port)];
	const running = attach(argv, { stdin, stdout, stderr, terminal: undefined, signal: ending.signal });
	running.then(
		() => [stdout, stderr].forEach((one) => one.end()),
		(error: Error) => [stdout, stderr].forEach((one) => one.destroy(error)),
	);
	refused.catch(() => {});
	await within(withinMs, undefined, () => once(stdout, "readable")).catch((error: unknown) => {
		ending.abort(error);
		throw error;
	});
	if (stdout.read(OPEN.length) === null) throw new Error((await refused).trim() || "its relay ended");
	const stream = Duplex.from({ readable: stdout, writable: stdin });
	stream.on("error", () => {}); // that of its own end: it is closed then
	return stream.once("close", () => ending.abort(new Error("the connection was closed")));
}
