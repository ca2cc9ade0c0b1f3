// Parts of a system: services, and what makes each of others. Layers are derived from them
// (linux-services.ts), so that a test or a mutant can replace one. Where nothing is replaced the
// parts are put together directly, in the order in which they need each other: the first layer
// graph that a process builds takes as long as the simulated kernel takes to boot.

import * as Context from "effect/Context";

/** A service and what makes it out of the services `R`. */
export interface Part<I, S, R> {
  readonly tag: Context.Tag<I, S>;
  readonly make: (context: Context.Context<R>) => S;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a tag of anything
type AnyTag = Context.Tag<any, any>;
type ServicesOf<T extends readonly AnyTag[]> = {
  readonly [K in keyof T]: Context.Tag.Service<T[K]>;
};

/** Defines a part: `make` gets the services of `needs`. */
export const part = <I, S, const T extends readonly AnyTag[]>(
  tag: Context.Tag<I, S>,
  needs: T,
  make: (...services: ServicesOf<T>) => S,
): Part<I, S, Context.Tag.Identifier<T[number]>> => ({
  tag,
  make: (context) => {
    const services = needs.map((need) => Context.unsafeGet(context, need) as unknown);
    return make(...(services as unknown as ServicesOf<T>));
  },
});

/** Adds a part to a system that has what it needs. */
export const add =
  <I, S, R>({ tag, make }: Part<I, S, R>) =>
  <C>(context: Context.Context<C | R>): Context.Context<C | R | I> =>
    Context.add(context, tag, make(context));
