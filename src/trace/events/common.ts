// Fields that many events share.

import { bind, orElse, opt, ret, use } from "../field.ts";

/** The name of the open render node when a trace gives none. */
export const defaultFile = "drm";

export const file = orElse(use("open render node", "file"), defaultFile);
export const newFile = orElse(bind("name for the open render node", "file"), defaultFile);

/** Every ioctl has it: without `ret`, a failing call is a finding. */
export const expected = {
  ret: opt(ret("expected return value; without it a failing call is a finding")),
};
