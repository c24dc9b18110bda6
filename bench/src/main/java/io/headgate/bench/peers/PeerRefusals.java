package io.headgate.bench.peers;

import com.alibaba.csp.sentinel.SphO;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.google.common.util.concurrent.RateLimiter;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.ratelimiter.RequestNotPermitted;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MpmcArrayQueue;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs a caller to be refused by a peer: by its cheapest documented way and, where that is
 * not the way it comes, with the exception that it throws by default.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerRefusals {
  /** Made by JMH. */
  public PeerRefusals() {}

  private static boolean refused(boolean admitted) {
    if (admitted) {
      throw admission();
    }
    return true;
  }

  private static IllegalStateException admission() {
    return new IllegalStateException("this measures admission");
  }

  /** Resilience4j's three, of which one refuses. */
  @State(Scope.Benchmark)
  public static class Resilience4j {
    /** Which of the three refuses. */
    @Param public Gate gate = Gate.CIRCUIT;

    @Nullable Resilience4jGates gates;

    /** Made by JMH. */
    public Resilience4j() {}

    /** Brings it to where it refuses. */
    @Setup
    public void setup() {
      gates = Resilience4jGates.closedBy(gate);
    }
  }

  /** Failsafe's three, of which one refuses. */
  @State(Scope.Benchmark)
  public static class Failsafe {
    /** Which of the three refuses. */
    @Param public Gate gate = Gate.CIRCUIT;

    @Nullable FailsafeGates gates;
    @Nullable FailsafeExecutor<Object> executor;

    /** Made by JMH. */
    public Failsafe() {}

    /** Brings it to where it refuses. */
    @Setup
    public void setup() {
      gates = FailsafeGates.closedBy(gate);
      executor = gates.executor();
    }
  }

  /** Sentinel's three, of which one refuses. */
  @State(Scope.Benchmark)
  public static class Sentinel {
    /** Which of the three refuses. */
    @Param public Gate gate = Gate.CIRCUIT;

    /** Made by JMH. */
    public Sentinel() {}

    /** Brings it to where it refuses. */
    @Setup
    public void setup() throws InterruptedException {
      SentinelRules.closedBy(gate);
    }
  }

  /** An empty bucket. */
  @State(Scope.Benchmark)
  public static class Bucket4j {
    final Bucket bucket =
        Bucket.builder()
            .addLimit(limit -> limit.capacity(1).refillIntervally(1, Duration.ofDays(1)))
            .build();

    /** Made by JMH. */
    public Bucket4j() {
      if (!bucket.tryConsume(1)) {
        throw new IllegalStateException("the first was refused");
      }
    }
  }

  /** A limiter at its limit. */
  @State(Scope.Benchmark)
  public static class ConcurrencyLimits {
    final Limiter<@Nullable Void> limiter =
        SimpleLimiter.newBuilder().limit(FixedLimit.of(1)).build();

    /** Made by JMH. */
    public ConcurrencyLimits() {
      var _ = limiter.acquire(null).orElseThrow();
    }
  }

  /** A rate that is used up. */
  @State(Scope.Benchmark)
  public static class Guava {
    @SuppressWarnings("UnstableApiUsage") // still a beta
    final RateLimiter rate = RateLimiter.create(1e-5);

    /** Made by JMH. */
    public Guava() {
      double _ = rate.acquire();
    }
  }

  /** A semaphore without permits. */
  @State(Scope.Benchmark)
  public static class Permits {
    final Semaphore semaphore = new Semaphore(0);

    /** Made by JMH. */
    public Permits() {}
  }

  /** A pool whose queue is full. */
  @State(Scope.Benchmark)
  public static class Pool {
    final ThreadPoolExecutor pool =
        BlockedPool.of(1, (task, pool) -> ((Marked) task).refused = true);

    /** Made by JMH. */
    public Pool() {
      pool.execute(Nothing.NOTHING);
    }

    /** Ends its worker. */
    @TearDown
    public void close() {
      pool.shutdownNow();
    }
  }

  /** A task on which the pool's handler of rejections notes that it was rejected. */
  @State(Scope.Thread)
  public static class Marked implements Runnable {
    boolean refused;

    /** Made by JMH. */
    public Marked() {}

    @Override
    public void run() {}
  }

  /** A pool whose queue is full, as it comes. */
  @State(Scope.Benchmark)
  public static class AbortingPool {
    final ThreadPoolExecutor pool = BlockedPool.of(1, new ThreadPoolExecutor.AbortPolicy());

    /** Made by JMH. */
    public AbortingPool() {
      pool.execute(Nothing.NOTHING);
    }

    /** Ends its worker. */
    @TearDown
    public void close() {
      pool.shutdownNow();
    }
  }

  /** A full queue. */
  @State(Scope.Benchmark)
  public static class Jctools {
    final MpmcArrayQueue<Runnable> queue = new MpmcArrayQueue<>(2);

    /** Made by JMH. */
    public Jctools() {
      while (queue.offer(Nothing.NOTHING)) {
        Thread.onSpinWait();
      }
    }
  }

  /** A bulkhead whose queue is full, told to spare its exceptions the stack trace. */
  @State(Scope.Benchmark)
  public static class PoolBulkhead {
    final BlockedBulkhead blocked = new BlockedBulkhead(1, false);

    /** Made by JMH. */
    public PoolBulkhead() {
      var _ = blocked.bulkhead().submit((Callable<?>) Nothing.NOTHING);
    }

    /** Ends its thread. */
    @TearDown
    public void close() throws Exception {
      blocked.close();
    }
  }

  /** A bulkhead whose queue is full, as it comes. */
  @State(Scope.Benchmark)
  public static class TracingPoolBulkhead {
    final BlockedBulkhead blocked = new BlockedBulkhead(1, true);

    /** Made by JMH. */
    public TracingPoolBulkhead() {
      var _ = blocked.bulkhead().submit((Callable<?>) Nothing.NOTHING);
    }

    /** Ends its thread. */
    @TearDown
    public void close() throws Exception {
      blocked.close();
    }
  }

  @Benchmark
  public boolean resilience4j(Resilience4j peer) {
    assert peer.gates != null;
    return refused(peer.gates.tryEnter());
  }

  @Benchmark
  public RuntimeException resilience4jThrowing(Resilience4j peer) {
    assert peer.gates != null;
    try {
      peer.gates.enter();
    } catch (CallNotPermittedException | RequestNotPermitted | BulkheadFullException e) {
      return e;
    }
    throw admission();
  }

  @Benchmark
  public boolean failsafe(Failsafe peer) {
    assert peer.gates != null;
    return refused(peer.gates.tryEnter());
  }

  @Benchmark
  public RuntimeException failsafeThrowing(Failsafe peer) {
    assert peer.executor != null;
    try {
      peer.executor.run(() -> {});
    } catch (FailsafeException e) {
      return e;
    }
    throw admission();
  }

  @Benchmark
  public boolean bucket4j(Bucket4j peer) {
    return refused(peer.bucket.tryConsume(1));
  }

  @Benchmark
  public boolean concurrencyLimits(ConcurrencyLimits peer) {
    return refused(peer.limiter.acquire(null).isPresent());
  }

  @Benchmark
  public boolean sentinel(Sentinel peer) {
    return refused(SphO.entry(SentinelRules.RESOURCE));
  }

  @Benchmark
  public BlockException sentinelThrowing(Sentinel peer) {
    try {
      var _ = SphU.entry(SentinelRules.RESOURCE);
    } catch (BlockException e) {
      return e;
    }
    throw admission();
  }

  @Benchmark
  public boolean guava(Guava peer) {
    return refused(peer.rate.tryAcquire());
  }

  @Benchmark
  public boolean semaphore(Permits peer) {
    return refused(peer.semaphore.tryAcquire());
  }

  @Benchmark
  public boolean threadPool(Pool peer, Marked task) {
    task.refused = false;
    peer.pool.execute(task);
    return refused(!task.refused);
  }

  @Benchmark
  public RuntimeException threadPoolThrowing(AbortingPool peer) {
    try {
      peer.pool.execute(Nothing.NOTHING);
    } catch (RejectedExecutionException e) {
      return e;
    }
    throw admission();
  }

  @Benchmark
  public boolean jctools(Jctools peer) {
    return refused(peer.queue.offer(Nothing.NOTHING));
  }

  @Benchmark
  public RuntimeException threadPoolBulkhead(PoolBulkhead peer) {
    try {
      var _ = peer.blocked.bulkhead().submit((Callable<?>) Nothing.NOTHING);
    } catch (BulkheadFullException e) {
      return e;
    }
    throw admission();
  }

  @Benchmark
  public RuntimeException threadPoolBulkheadThrowing(TracingPoolBulkhead peer) {
    try {
      var _ = peer.blocked.bulkhead().submit((Callable<?>) Nothing.NOTHING);
    } catch (BulkheadFullException e) {
      return e;
    }
    throw admission();
  }
}
