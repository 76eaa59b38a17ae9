/** Where Temporal is. */
export interface TemporalAddress {
	/** `host:port` of the gRPC frontend. */
	address: string;
	namespace: string;
}

/** How every process of an image reaches Temporal, client and worker alike; each adds its own limits. */
export const connectionOptions = ({ address }: Pick<TemporalAddress, "address">) => ({ address, tls: false }) as const;
