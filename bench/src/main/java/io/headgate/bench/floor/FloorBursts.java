package io.headgate.bench.floor;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.headgate.bench.Burst;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Control;

/** The floor of admission: a bare multi-producer Disruptor publish. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FloorBursts {
  /** As large as Headgate's ring with the bench's settings. */
  static final int RING = 16_384;

  /** Made by JMH. */
  public FloorBursts() {}

  /** A ring that nobody polls during the burst. */
  @State(Scope.Benchmark)
  public abstract static class Ring extends Burst {
    final RingBuffer<Fresh.Slot> ring =
        RingBuffer.createMultiProducer(Fresh.Slot::new, RING, new YieldingWaitStrategy());
    private final EventPoller<Fresh.Slot> poller = ring.newPoller();

    /** Made by JMH. */
    protected Ring() {
      ring.addGatingSequences(poller.getSequence());
    }

    @Override
    protected final void once() {
      try {
        publish();
      } catch (InsufficientCapacityException e) {
        throw new IllegalStateException("the ring is full: this measures refusal", e);
      }
    }

    abstract void publish() throws InsufficientCapacityException;

    @Override
    protected final void drain() {
      try {
        while (poller.poll(Fresh.Slot.EMPTY) == EventPoller.PollState.PROCESSING) {
          Thread.onSpinWait();
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Publishes a long. */
  @State(Scope.Benchmark)
  public static class LongRing extends Ring {
    /** Made by JMH. */
    public LongRing() {}

    @Override
    void publish() throws InsufficientCapacityException {
      long sequence = ring.tryNext();
      ring.get(sequence).word = sequence;
      ring.publish(sequence);
    }
  }

  /** Publishes an object that is there already. */
  @State(Scope.Benchmark)
  public static class OldRing extends Ring {
    private final Fresh old = new Fresh(1);

    /** Made by JMH. */
    public OldRing() {}

    @Override
    void publish() throws InsufficientCapacityException {
      long sequence = ring.tryNext();
      ring.get(sequence).object = old;
      ring.publish(sequence);
    }
  }

  /**
   * Allocates an object of the handle's size and publishes it: what admission cannot do without.
   */
  @State(Scope.Benchmark)
  public static class FreshRing extends Ring {
    /** Made by JMH. */
    public FreshRing() {}

    @Override
    void publish() throws InsufficientCapacityException {
      Fresh fresh = new Fresh(1);
      long sequence = ring.tryNext();
      ring.get(sequence).object = fresh;
      ring.publish(sequence);
    }
  }

  @Benchmark
  public void publishLong(LongRing ring, Burst.Clock clock, Control control) {
    ring.run(clock, control);
  }

  @Benchmark
  public void publishOld(OldRing ring, Burst.Clock clock, Control control) {
    ring.run(clock, control);
  }

  @Benchmark
  public void publishFresh(FreshRing ring, Burst.Clock clock, Control control) {
    ring.run(clock, control);
  }
}
