import type { Config } from "../config/config.ts";
import { createS3, type S3 } from "./s3.ts";

/** The bucket of cres.yaml, with the keys of the environment. */
export const openS3 = (config: Pick<Config, "store" | "storeCa" | "secret">): S3 =>
	createS3({
		...config.store,
		pathStyle: config.store.path_style,
		ca: config.storeCa,
		accessKey: config.secret("MINIO_ACCESS_KEY"),
		secretKey: config.secret("MINIO_SECRET_KEY"),
	});
