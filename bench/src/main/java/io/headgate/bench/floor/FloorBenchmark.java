package io.headgate.bench.floor;

import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The single steps that admission, refusal and dispatch are made of. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FloorBenchmark {
  /** Made by JMH. */
  public FloorBenchmark() {}

  /** A word that all threads share. */
  @State(Scope.Benchmark)
  public static class Word {
    final AtomicLong word = new AtomicLong();

    /** Made by JMH. */
    public Word() {}
  }

  /** A ring that nobody ever empties. */
  @State(Scope.Benchmark)
  public static class FullRing {
    final RingBuffer<Fresh.Slot> ring =
        RingBuffer.createMultiProducer(
            Fresh.Slot::new, FloorBursts.RING, new YieldingWaitStrategy());

    /** Made by JMH. */
    public FullRing() {
      ring.addGatingSequences(new Sequence());
      long last = ring.next(FloorBursts.RING);
      ring.publish(last - FloorBursts.RING + 1, last);
    }
  }

  /** A read of the clock. */
  @Benchmark
  public long nanoTime() {
    return System.nanoTime();
  }

  /** A volatile read of a word that nobody writes. */
  @Benchmark
  public long plainRead(Word word) {
    return word.word.get();
  }

  /** A compare-and-set that succeeds; with several threads, until it does. */
  @Benchmark
  public long casAlone(Word word) {
    long seen;
    do {
      seen = word.word.get();
    } while (!word.word.compareAndSet(seen, seen + 1));
    return seen;
  }

  /** An atomic addition. */
  @Benchmark
  public long getAndAddAlone(Word word) {
    return word.word.getAndAdd(1);
  }

  /** A refusal by a full ring. */
  @Benchmark
  public InsufficientCapacityException disruptorFull(FullRing ring) {
    try {
      throw new IllegalStateException("this measures admission: " + ring.ring.tryNext());
    } catch (InsufficientCapacityException e) {
      return e;
    }
  }

  /** A virtual thread that does nothing, from its start to its end. */
  @Benchmark
  public void virtualThreadStartJoin() throws InterruptedException {
    Thread.ofVirtual().start(() -> {}).join();
  }
}
