package io.headgate.runtime;

import io.headgate.engine.Engine;
import java.util.concurrent.CompletableFuture;

/**
 * Something to do with the engine on the dispatcher's thread, in the order of the ring.
 *
 * @param <R> what it answers
 */
final class Command<R> {
  /** The deed. */
  @FunctionalInterface
  interface Deed<R> {
    R on(Engine engine, long stampNs);
  }

  /** A deed without an answer. */
  @FunctionalInterface
  interface Action {
    void on(Engine engine, long stampNs);
  }

  private final Deed<R> deed;
  final CompletableFuture<R> answer = new CompletableFuture<>();

  Command(Deed<R> deed) {
    this.deed = deed;
  }

  void carryOut(Engine engine, long stampNs) {
    try {
      answer.complete(deed.on(engine, stampNs));
    } catch (Throwable t) { // the asker gets it; the dispatcher goes on
      answer.completeExceptionally(t);
    }
  }
}
