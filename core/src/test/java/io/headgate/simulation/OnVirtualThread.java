package io.headgate.simulation;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Runs work on a virtual thread, as flights want it, and hands on what came of it. */
final class OnVirtualThread {
  interface Work<R> {
    R run() throws Exception;
  }

  private OnVirtualThread() {}

  static <R> R run(Work<R> work) throws Exception {
    var answer = new CompletableFuture<R>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                answer.complete(work.run());
              } catch (Throwable t) { // for the test
                answer.completeExceptionally(t);
              }
            });
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
