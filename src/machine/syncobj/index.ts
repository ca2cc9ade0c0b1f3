// Sync objects: everything that drivers and tests use.

export * from "./fd-table.ts";
export * from "./flags.ts";
export * from "./ioctl-args.ts";
export * from "./ioctls.ts";
export * from "./syncobj-file.ts";
export * from "./syncobj.ts";
export * from "./wait.ts";
