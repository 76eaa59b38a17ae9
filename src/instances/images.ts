/** An image of the app's repository on the daemon of an instance. */
export interface InstanceImage {
	/** `host/repository@sha256:…`, as the daemon names it. */
	reference: string;
	digest: string;
	buildId: string;
	/** Unpacked, without the layers that it shares with other images where the daemon tells those. */
	bytes: number;
}

/** The images that an instance's own daemon keeps. */
export interface InstanceImages {
	list(): Promise<InstanceImage[]>;
	/** False when a container, running or stopped, is of it. Removing what is gone is no error. */
	remove(reference: string): Promise<boolean>;
}
