export type ImageKind = "base" | "app";

/** What there is to know about one of our images before its files are read. */
export interface ImageDefinition {
	kind: ImageKind;
	title: string;
	/** Path in the build context. */
	dockerfile: string;
	/** Added to `image.repository` of cres.yaml. */
	repositorySuffix: string;
	/** Source paths that decide revision and dirtiness; undefined: those that the Dockerfile copies. */
	sources: readonly string[] | undefined;
	/** Program that compiles what the Dockerfile copies, if anything has to be compiled. */
	compiler: string | undefined;
	/** Directory that the compiler writes; Git ignores it. */
	compiled: string | undefined;
	/** The build info's file in the context, and the copied directory that holds nothing else; if it has one. */
	buildInfo: { directory: string; path: string } | undefined;
}

export const IMAGES: Readonly<Record<ImageKind, ImageDefinition>> = {
	base: {
		kind: "base",
		title: "cres base",
		dockerfile: "Dockerfile.base",
		repositorySuffix: "-base",
		sources: undefined,
		compiler: undefined,
		compiled: undefined,
		buildInfo: undefined,
	},
	app: {
		kind: "app",
		title: "cres app",
		dockerfile: "Dockerfile",
		repositorySuffix: "",
		sources: ["Dockerfile", "images", "src/contracts", "tsconfig.json"],
		compiler: "images/build.js",
		compiled: "images/dist",
		buildInfo: { directory: "images/dist/info", path: "images/dist/info/app/build-info.json" },
	},
};

/** Pins the packages of the cuda flavour. */
export const LOCK_FILE = "images/cuda/lock.json";

/** Holds the version of both images. The base image copies it, so it enters the inputs of both. */
export const VERSION_FILE = "images/package.json";
