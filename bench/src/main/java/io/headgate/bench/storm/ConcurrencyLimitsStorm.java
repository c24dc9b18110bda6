package io.headgate.bench.storm;

import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * concurrency-limits' simple limiter, and a virtual thread for each call that it lets in. Its limit
 * is fixed: one that follows the latency would run fewer calls than the others. It has one gate,
 * which is the last.
 */
final class ConcurrencyLimitsStorm implements StormSubject {
  private final Limiter<@Nullable Void> limiter =
      SimpleLimiter.newBuilder().limit(FixedLimit.of(Provider.CAPACITY)).build();
  private final Provider provider;

  ConcurrencyLimitsStorm(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Answer submit(int producer, long call) {
    Optional<Limiter.Listener> admitted = limiter.acquire(null);
    if (admitted.isEmpty()) {
      return Answer.REFUSED_LAST;
    }
    Limiter.Listener listener = admitted.get();
    var _ = Thread.startVirtualThread(() -> call(listener));
    return Answer.ADMITTED;
  }

  private void call(Limiter.Listener listener) {
    try {
      provider.call();
    } catch (Provider.OutException _) {
      listener.onDropped();
      return;
    } catch (Throwable _) { // whatever it is, the permit returns
      listener.onIgnore();
      return;
    }
    listener.onSuccess();
  }

  @Override
  public void close() {
    Rest.awaitPermits(() -> limiter.acquire(null).isPresent());
  }
}
