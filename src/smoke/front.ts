/** Where it listens. */
export const FRONT_PORT = 7233;

/**
 * Runs in the image's own Node: ends mutual TLS before a Temporal that speaks in clear, as a load balancer does. What is
 * under test then speaks TLS with a client certificate, whatever the image of Temporal can do.
 */
const SCRIPT = `
const { env } = process, { FRONT_TARGET, FRONT_CA, FRONT_CERT, FRONT_KEY } = env;
const at = FRONT_TARGET.lastIndexOf(":"), host = FRONT_TARGET.slice(0, at), port = Number(FRONT_TARGET.slice(at + 1));
const { connect } = process.getBuiltinModule("node:net");
process.getBuiltinModule("node:tls")
	.createServer({ ca: FRONT_CA, cert: FRONT_CERT, key: FRONT_KEY, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ["h2"] }, (client) => {
		const server = connect(port, host);
		client.pipe(server).pipe(client);
		for (const one of [client, server]) one.on("error", () => {}).on("close", () => (client.destroy(), server.destroy()));
	})
	.on("tlsClientError", () => {})
	.listen(${FRONT_PORT});
process.on("SIGTERM", () => process.exit(0));
`;

/** Arguments of `node`. */
export const FRONT_ARGUMENTS: readonly string[] = ["-e", SCRIPT];
