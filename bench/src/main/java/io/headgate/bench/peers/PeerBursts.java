package io.headgate.bench.peers;

import com.alibaba.csp.sentinel.SphO;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.google.common.util.concurrent.RateLimiter;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.github.bucket4j.Bucket;
import io.headgate.bench.Burst;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MpmcArrayQueue;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Control;

/**
 * What it costs a caller to be let in by a peer; what was taken is given back outside the clock.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerBursts {
  /** No burst is larger. */
  private static final int ROOM = 16_384;

  /** Made by JMH. */
  public PeerBursts() {}

  private static void expect(boolean admitted) {
    if (!admitted) {
      throw new IllegalStateException("this measures refusal");
    }
  }

  /** Resilience4j: circuit breaker, rate limiter, bulkhead. */
  @State(Scope.Benchmark)
  public static class Resilience4j extends Burst {
    private final Resilience4jGates gates = Resilience4jGates.open();

    /** Made by JMH. */
    public Resilience4j() {}

    @Override
    protected void once() {
      expect(gates.tryEnter());
    }

    @Override
    protected void afterBurst(int ops) {
      for (int i = 0; i < ops; i++) {
        gates.succeed(1, Nothing.NOTHING);
      }
    }

    @Override
    protected void drain() {}
  }

  /** Failsafe: circuit breaker, rate limiter, bulkhead. */
  @State(Scope.Benchmark)
  public static class Failsafe extends Burst {
    private final FailsafeGates gates = FailsafeGates.open();

    /** Made by JMH. */
    public Failsafe() {}

    @Override
    protected void once() {
      expect(gates.tryEnter());
    }

    @Override
    protected void afterBurst(int ops) {
      for (int i = 0; i < ops; i++) {
        gates.succeed();
      }
    }

    @Override
    protected void drain() {}
  }

  /** Bucket4j: one token of a bucket. */
  @State(Scope.Benchmark)
  public static class Bucket4j extends Burst {
    private final Bucket bucket =
        Bucket.builder()
            .addLimit(
                limit ->
                    limit
                        .capacity(1_000_000_000)
                        .refillGreedy(1_000_000_000, Duration.ofSeconds(1)))
            .build();

    /** Made by JMH. */
    public Bucket4j() {}

    @Override
    protected void once() {
      expect(bucket.tryConsume(1));
    }

    @Override
    protected void drain() {
      bucket.reset();
    }
  }

  /**
   * concurrency-limits: a simple limiter whose limit follows the latency, but stays above a burst.
   */
  @State(Scope.Benchmark)
  public static class ConcurrencyLimits extends Burst {
    private static final int STRIPES = 64;

    private final Limiter<@Nullable Void> limiter =
        SimpleLimiter.newBuilder()
            .limit(
                Gradient2Limit.newBuilder()
                    .initialLimit(ROOM)
                    .minLimit(ROOM)
                    .maxConcurrency(2 * ROOM)
                    .build())
            .build();
    // By the lower bits of the thread's id, since ids of JMH's threads follow each other.
    private final Taken[] taken = new Taken[STRIPES];

    /** A thread's listeners, which it has to tell of the end. */
    private static final class Taken {
      final Limiter.Listener[] listeners = new Limiter.Listener[ROOM];
      int count;
    }

    /** Made by JMH. */
    public ConcurrencyLimits() {
      Arrays.setAll(taken, stripe -> new Taken());
    }

    private Taken taken() {
      return taken[(int) Thread.currentThread().threadId() & (STRIPES - 1)];
    }

    @Override
    protected void once() {
      Taken taken = taken();
      taken.listeners[taken.count++] =
          limiter
              .acquire(null)
              .orElseThrow(() -> new IllegalStateException("this measures refusal"));
    }

    @Override
    protected void afterBurst(int ops) {
      Taken taken = taken();
      if (taken.count != ops) {
        throw new IllegalStateException("two threads share a stripe");
      }
      while (taken.count > 0) {
        taken.listeners[--taken.count].onSuccess();
      }
    }

    @Override
    protected void drain() {}
  }

  /** Sentinel: flow, concurrency and circuit breaker rules. */
  @State(Scope.Benchmark)
  public static class Sentinel extends Burst {
    /** Made by JMH. */
    public Sentinel() {
      SentinelRules.open();
    }

    @Override
    protected void once() {
      try {
        var _ = SphU.entry(SentinelRules.RESOURCE);
      } catch (BlockException e) {
        throw new IllegalStateException("this measures refusal", e);
      }
    }

    @Override
    protected void afterBurst(int ops) {
      for (int i = 0; i < ops; i++) {
        SphO.exit();
      }
    }

    @Override
    protected void drain() {}
  }

  /** Guava: one permit of a rate. */
  @State(Scope.Benchmark)
  public static class Guava extends Burst {
    @SuppressWarnings("UnstableApiUsage") // still a beta
    private final RateLimiter rate = RateLimiter.create(1_000_000_000);

    /** Made by JMH. */
    public Guava() {}

    @Override
    protected void once() {
      expect(rate.tryAcquire());
    }

    @Override
    protected void drain() {}
  }

  /** A semaphore. */
  @State(Scope.Benchmark)
  public static class Permits extends Burst {
    private final Semaphore semaphore = new Semaphore(ROOM);

    /** Made by JMH. */
    public Permits() {}

    @Override
    protected void once() {
      expect(semaphore.tryAcquire());
    }

    @Override
    protected void afterBurst(int ops) {
      semaphore.release(ops);
    }

    @Override
    protected void drain() {}
  }

  /** A thread pool with a bounded queue. */
  @State(Scope.Benchmark)
  public static class Pool extends Burst {
    private final ThreadPoolExecutor pool =
        BlockedPool.of(ROOM, new ThreadPoolExecutor.AbortPolicy());

    /** Made by JMH. */
    public Pool() {}

    @Override
    protected void once() {
      pool.execute(Nothing.NOTHING);
    }

    @Override
    protected void drain() {
      pool.getQueue().clear();
    }

    /** Ends its worker. */
    @TearDown
    public void close() {
      pool.shutdownNow();
    }
  }

  /** JCTools: a bounded queue. */
  @State(Scope.Benchmark)
  public static class Jctools extends Burst {
    private final MpmcArrayQueue<Runnable> queue = new MpmcArrayQueue<>(ROOM);

    /** Made by JMH. */
    public Jctools() {}

    @Override
    protected void once() {
      expect(queue.offer(Nothing.NOTHING));
    }

    @Override
    protected void drain() {
      queue.clear();
    }
  }

  /** Resilience4j's thread pool bulkhead. */
  @State(Scope.Benchmark)
  public static class PoolBulkhead extends Burst {
    private final BlockedBulkhead blocked = new BlockedBulkhead(ROOM, true);

    /** Made by JMH. */
    public PoolBulkhead() {}

    @Override
    protected void once() {
      var _ = blocked.bulkhead().submit((Callable<?>) Nothing.NOTHING);
    }

    @Override
    protected void drain() {
      blocked.drain();
    }

    /** Ends its thread. */
    @TearDown
    public void close() throws Exception {
      blocked.close();
    }
  }

  @Benchmark
  public void resilience4j(Resilience4j peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void failsafe(Failsafe peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void bucket4j(Bucket4j peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void concurrencyLimits(ConcurrencyLimits peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void sentinel(Sentinel peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void guava(Guava peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void semaphore(Permits peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void threadPool(Pool peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void jctools(Jctools peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }

  @Benchmark
  public void threadPoolBulkhead(PoolBulkhead peer, Burst.Clock clock, Control control) {
    peer.run(clock, control);
  }
}
