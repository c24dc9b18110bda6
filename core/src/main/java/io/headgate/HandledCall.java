package io.headgate;

import org.jspecify.annotations.Nullable;

/**
 * A {@link Handler}'s call with its argument, as {@link Handler#call} makes it. Its text holds
 * nothing of the argument.
 *
 * @param <A> what it is given
 * @param <T> what it answers
 */
public final class HandledCall<A, T extends @Nullable Object> implements Call<T> {
  private final Handler<A, T> handler;
  private final A argument;

  HandledCall(Handler<A, T> handler, A argument) {
    this.handler = handler;
    this.argument = argument;
  }

  /** Whose call it is. */
  public Handler<A, T> handler() {
    return handler;
  }

  /** What the codec makes of the argument. */
  public byte[] encoded() {
    return handler.codec().encode(argument);
  }

  @Override
  public T run(Attempt attempt) throws Exception {
    return handler.work().run(attempt, argument);
  }

  @Override
  public String toString() {
    return "Call[" + handler.name() + "]";
  }
}
