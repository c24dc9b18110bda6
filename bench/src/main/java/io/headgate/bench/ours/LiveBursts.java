package io.headgate.bench.ours;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.IdleMode;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.bench.Blocker;
import io.headgate.bench.Burst;
import io.headgate.bench.floor.Fresh;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Control;

/** An admitted {@code submit} and a bare publish while a consumer on its own core spins. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LiveBursts {
  /** Made by JMH. */
  public LiveBursts() {}

  /** A Headgate whose dispatcher spins, at its running cap. */
  @State(Scope.Benchmark)
  public static class Live extends Burst {
    private final Headgate headgate =
        Headgate.builder()
            .maxInFlight(1)
            .tokensPerMinute(1_000_000_000)
            .idleMode(IdleMode.BUSY_SPIN)
            .build();
    private final Blocker blocker;
    private final Task<String> task;
    private @Nullable Job job;

    /** Made by JMH. */
    public Live() {
      Agent agent =
          headgate.agent("agent", a -> a.maxWaiting(4_096).tokensPerMinute(1_000_000_000));
      Target target = headgate.target("target", t -> t.maxInFlight(1));
      task = Task.<String>of(agent, target, Estimate.of(500, 500), attempt -> "");
      blocker = Blocker.submit(headgate, agent, target);
    }

    @Override
    protected void once() {
      Job job = this.job;
      assert job != null;
      if (!(job.submit(task) instanceof Admitted<String>)) {
        throw new IllegalStateException("this measures refusal");
      }
    }

    // A snapshot waits for its turn behind all that was published before.
    @Override
    protected void drain() {
      if (job != null) {
        job.close();
      }
      job = headgate.job(j -> j.tokenBudget(100_000_000));
      if (headgate.snapshot().waiting() != 0) {
        throw new IllegalStateException("something still waits");
      }
    }

    /** Ends the dispatcher's thread. */
    @TearDown
    public void close() {
      blocker.letGo();
      headgate.close();
    }
  }

  /** A ring whose consumer spins. */
  @State(Scope.Benchmark)
  public static class Bare extends Burst {
    private static final int RING = 16_384;

    private final RingBuffer<Fresh.Slot> ring =
        RingBuffer.createMultiProducer(Fresh.Slot::new, RING, new YieldingWaitStrategy());
    private final EventPoller<Fresh.Slot> poller = ring.newPoller();
    private volatile boolean over;

    /** Made by JMH. */
    public Bare() {
      ring.addGatingSequences(poller.getSequence());
      Thread.ofPlatform().daemon().start(this::consume);
    }

    private void consume() {
      while (!over) {
        try {
          if (poller.poll(Fresh.Slot.EMPTY) != EventPoller.PollState.PROCESSING) {
            Thread.onSpinWait();
          }
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    protected void once() {
      try {
        Fresh fresh = new Fresh(1);
        long sequence = ring.tryNext();
        ring.get(sequence).object = fresh;
        ring.publish(sequence);
      } catch (InsufficientCapacityException e) {
        throw new IllegalStateException("the ring is full: this measures refusal", e);
      }
    }

    @Override
    protected void drain() {
      while (poller.getSequence().get() < ring.getCursor()) {
        Thread.onSpinWait();
      }
    }

    /** Ends the consumer. */
    @TearDown
    public void close() {
      over = true;
    }
  }

  @Benchmark
  public void admitLive(Live live, Burst.Clock clock, Control control) {
    live.run(clock, control);
  }

  @Benchmark
  public void publishLive(Bare bare, Burst.Clock clock, Control control) {
    bare.run(clock, control);
  }
}
