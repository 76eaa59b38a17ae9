const listOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Program → all long options that it has, from `--help` of uvicorn 0.34 (and what came until 0.38) and gunicorn 23;
 * `no-` stands before a switch.
 */
export const LONG_OPTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
	[
		"uvicorn",
		listOf(`
			host port uds fd reload reload-dir reload-include reload-exclude reload-delay workers loop http ws ws-max-size
			ws-max-queue ws-ping-interval ws-ping-timeout ws-per-message-deflate lifespan interface env-file log-config
			log-level access-log use-colors proxy-headers server-header date-header forwarded-allow-ips root-path
			limit-concurrency backlog limit-max-requests limit-max-requests-jitter timeout-keep-alive
			timeout-graceful-shutdown timeout-worker-healthcheck ssl-keyfile ssl-certfile ssl-keyfile-password ssl-version
			ssl-cert-reqs ssl-ca-certs ssl-ciphers header version app-dir h11-max-incomplete-event-size factory
			reset-contextvars help
		`),
	],
	[
		"gunicorn",
		listOf(`
			access-logfile access-logformat backlog bind ca-certs capture-output casefold-http-method cert-reqs certfile
			chdir check-config ciphers config daemon disable-redirect-access-to-syslog do-handshake-on-connect
			dogstatsd-tags enable-stdio-inheritance env error-logfile log-file forwarded-allow-ips forwarder-headers
			graceful-timeout group header-map help initgroups keep-alive keyfile limit-request-field_size
			limit-request-fields limit-request-line log-config log-config-json log-level log-syslog log-syslog-facility
			log-syslog-prefix log-syslog-to logger-class max-requests max-requests-jitter name no-sendfile paste
			permit-obsolete-folding permit-unconventional-http-method permit-unconventional-http-version pid preload
			print-config proxy-allow-from proxy-protocol pythonpath reload reload-engine reload-extra-file reuse-port
			sendfile spew ssl-version statsd-host statsd-prefix strip-header-spaces suppress-ragged-eofs threads timeout
			umask user version worker-class worker-connections worker-tmp-dir workers
		`),
	],
]);
