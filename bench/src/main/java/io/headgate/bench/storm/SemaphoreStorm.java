package io.headgate.bench.storm;

import java.util.concurrent.Semaphore;

/** A semaphore, and a virtual thread for each permit. It has one gate, which is the last. */
final class SemaphoreStorm implements StormSubject {
  private final Semaphore permits = new Semaphore(Provider.CAPACITY);
  private final Provider provider;

  SemaphoreStorm(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Answer submit(int producer, long call) {
    if (!permits.tryAcquire()) {
      return Answer.REFUSED_LAST;
    }
    var _ =
        Thread.startVirtualThread(
            () -> {
              try {
                provider.callAndForget();
              } finally {
                permits.release();
              }
            });
    return Answer.ADMITTED;
  }

  @Override
  public void close() {
    permits.acquireUninterruptibly(Provider.CAPACITY);
  }
}
