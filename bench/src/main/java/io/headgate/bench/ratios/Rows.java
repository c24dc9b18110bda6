package io.headgate.bench.ratios;

import static io.headgate.bench.ratios.Probe.BYTES;
import static io.headgate.bench.ratios.Probe.P99;
import static io.headgate.bench.ratios.Probe.SCORE;

import io.headgate.bench.ours.Appends;
import io.headgate.bench.ours.RefuseBenchmark;
import io.headgate.bench.ours.SnapshotBenchmark;
import io.headgate.bench.ratios.Probe.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;

/** The rows of the table and their bars. */
final class Rows {
  private static final String MEDIAN = "medianNs";
  private static final Probe ADMIT = Probe.of("ours.AdmitBursts.allGates", MEDIAN);
  private static final Probe PUBLISH = Probe.of("floor.FloorBursts.publishFresh", MEDIAN);
  private static final Probe REFUSE =
      Probe.of("ours.RefuseBenchmark.refuse", SCORE).with(Map.of("reason", "TOKEN_BUDGET"));
  private static final Probe READ = Probe.of("floor.FloorBenchmark.plainRead", SCORE);
  private static final Probe NANO_TIME = Probe.of("floor.FloorBenchmark.nanoTime", SCORE);
  private static final Probe OURS = Probe.of("ours.EndToEnd.headgate", SCORE).with(depth());
  private static final Probe SEMAPHORE = Probe.of("ours.EndToEnd.semaphore", SCORE).with(depth());

  private Rows() {}

  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    admission(rows);
    refusal(rows);
    peers(rows);
    endToEnd(rows);
    afterwards(rows);
    storm(rows);
    crowd(rows);
    growth(rows);
    journal(rows);
    rows.add(Row.absolute("idle", Figure.of(Probe.of("ours.Idle.idle", "coreShare")), 0.01, ""));
    return rows;
  }

  private static void admission(List<Row> rows) {
    rows.add(Row.atMost("admit", Figure.of(ADMIT), Figure.of(PUBLISH), 2.25, "ns"));
    for (Collector collector : List.of(Collector.G1, Collector.ZGC)) {
      rows.add(
          Row.atMost(
              "admit-" + collector.name().toLowerCase(java.util.Locale.ROOT),
              Figure.of(ADMIT.collector(collector)),
              Figure.of(PUBLISH.collector(collector)),
              2.25,
              "ns"));
    }
    rows.add(
        Row.atMost(
            "admit-2-threads",
            Figure.of(ADMIT.threads(2)),
            Figure.of(PUBLISH.threads(2)),
            2.75,
            "ns"));
    rows.add(
        Row.absolute(
            "admit-bytes", Figure.of(Probe.of("ours.AdmitBursts.allGates", "bytes")), 128, "B"));
    rows.add(
        Row.atMost(
            "admit-live",
            Figure.of(Probe.of("ours.LiveBursts.admitLive", MEDIAN)),
            Figure.of(Probe.of("ours.LiveBursts.publishLive", MEDIAN)),
            2.0,
            "ns"));
  }

  private static void refusal(List<Row> rows) {
    rows.add(Row.atMost("refuse", new Figure.Max(reasons(SCORE)), Figure.of(NANO_TIME), 2.0, "ns"));
    rows.add(Row.absolute("refuse-bytes", new Figure.Max(reasons(BYTES)), 0.01, "B"));
    rows.add(
        Row.atLeast(
            "refuse-scales",
            // Times of one thread: their quotient is half of the throughputs'.
            new Figure.Quotient(Figure.of(REFUSE), Figure.of(REFUSE.threads(2))),
            new Figure.Quotient(Figure.of(READ), Figure.of(READ.threads(2))),
            0.9,
            ""));
  }

  private static List<Figure> reasons(String metric) {
    return params(RefuseBenchmark.class, "reason")
        .map(
            reason ->
                Figure.of(
                    Probe.of("ours.RefuseBenchmark.refuse", metric)
                        .with(Map.of("reason", reason))
                        .seldom()))
        .toList();
  }

  // What the benchmark runs with, so that no list stands here beside its own.
  private static Stream<String> params(Class<?> benchmark, String field) {
    try {
      return Stream.of(benchmark.getField(field).getAnnotation(Param.class).value());
    } catch (NoSuchFieldException e) {
      throw new IllegalArgumentException(benchmark + " has no parameter " + field, e);
    }
  }

  private static void peers(List<Row> rows) {
    Stream.of("resilience4j", "failsafe", "sentinel", "concurrencyLimits")
        .forEach(
            peer ->
                rows.add(
                    Row.atMost(
                        "admit-vs-"
                            + (peer.equals("concurrencyLimits") ? "concurrency-limits" : peer),
                        Figure.of(ADMIT),
                        Figure.of(Probe.of("peers.PeerBursts." + peer, MEDIAN)),
                        1.0,
                        "ns")));
  }

  private static Figure storm(String system, int producers, String pace, String metric) {
    return Figure.of(
        Probe.of("storm.SubmitStorm.storm", metric)
            .with(Map.of("producers", String.valueOf(producers), "system", system, "pace", pace))
            .seldom());
  }

  private static void storm(List<Row> rows) {
    List<Figure> flat =
        Stream.of(2, 8, 64, 200).map(n -> storm("headgate", n, "flat", "p99Ns")).toList();
    rows.add(Row.absolute("storm-p99", new Figure.Scaled(new Figure.Max(flat), 1e-3), 0.5, "µs"));
    Figure paced = storm("headgate", 64, "paced", "p99Ns");
    rows.add(Row.absolute("storm-p99-paced", new Figure.Scaled(paced, 1e-3), 5.0, "µs"));
    rows.add(
        Row.atMost(
            "storm-p999-vs-best-peer",
            storm("headgate", 64, "flat", "p999Ns"),
            new Figure.Min(
                Stream.of(
                        "semaphore",
                        "threadPool",
                        "resilience4j",
                        "failsafe",
                        "concurrencyLimits",
                        "sentinel")
                    .map(peer -> storm(peer, 64, "flat", "p999Ns"))
                    .toList()),
            1.0,
            "ns"));
  }

  private static void crowd(List<Row> rows) {
    for (String kind : List.of("admitted", "refused")) {
      Probe crowd = Probe.of("storm.Crowd.crowd", "opsPerSecond").seldom();
      rows.add(
          Row.atLeast(
              "crowd-" + kind,
              Figure.of(crowd.with(Map.of("producers", "200", "kind", kind))),
              Figure.of(crowd.with(Map.of("producers", "2", "kind", kind))),
              0.8,
              "/s"));
    }
  }

  // How much more it costs at 100,000 than at 10, over how much more the walk does: the worst of
  // agents, jobs and waiting tasks.
  private static void growth(List<Row> rows) {
    rows.add(growth("growth-submit", "submitNs", "walkNs"));
    rows.add(growth("growth-dispatch", "dispatchNs", "dispatchWalkNs"));
  }

  private static Row growth(String name, String ours, String walk) {
    List<Figure> ratios =
        Stream.of("agents", "jobs", "waiting")
            .<Figure>map(what -> new Figure.Quotient(grown(what, ours), grown(what, walk)))
            .toList();
    return Row.absolute(name, new Figure.Max(ratios), 1.5, "");
  }

  private static Figure grown(String what, String metric) {
    Probe probe = Probe.of("growth.Growth.growth", metric).seldom();
    return new Figure.Quotient(
        Figure.of(probe.with(Map.of("what", what, "size", "100000"))),
        Figure.of(probe.with(Map.of("what", what, "size", "10"))));
  }

  private static Map<String, String> depth() {
    return Map.of("depth", "200");
  }

  private static void endToEnd(List<Row> rows) {
    for (int producers : new int[] {1, 2}) {
      rows.add(
          Row.atMost(
              producers == 1 ? "end-to-end" : "end-to-end-2-producers",
              Figure.of(OURS.threads(producers)),
              Figure.of(SEMAPHORE.threads(producers)),
              1.75,
              "ns"));
    }
    Map<String, String> oneByOne = Map.of("depth", "1");
    rows.add(
        Row.shown(
            "end-to-end-one-by-one",
            Figure.of(OURS.with(oneByOne)),
            Figure.of(SEMAPHORE.with(oneByOne)),
            "ns"));
    rows.add(
        Row.atMost(
            "end-to-end-vs-resilience4j",
            Figure.of(OURS),
            Figure.of(Probe.of("ours.EndToEnd.resilience4j", SCORE).with(depth())),
            1.0,
            "ns"));
    rows.add(
        Row.atMost("one-cpu", Figure.of(OURS.pinned()), Figure.of(SEMAPHORE.pinned()), 1.3, "ns"));
  }

  private static void journal(List<Row> rows) {
    Probe admit = Probe.of("ours.JournaledBursts.admit", MEDIAN);
    for (String durability : List.of("ASYNC", "WRITE_AHEAD")) {
      rows.add(
          Row.atMost(
              "journaled-admit-" + durability.toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
              Figure.of(admit.with(Map.of("journal", durability))),
              Figure.of(admit.with(Map.of("journal", "NONE"))),
              1.1,
              "ns"));
    }
    rows.add(
        Row.atMost(
            "append",
            Figure.of(Probe.of("ours.Appends.journal", SCORE)),
            Figure.of(Probe.of("ours.Appends.chronicle", SCORE)),
            1.5,
            "ns"));
    // Of a record; what Chronicle's own threads allocate is in it.
    Figure bytes = Figure.of(Probe.of("ours.Appends.journal", BYTES));
    rows.add(Row.absolute("append-bytes", new Figure.Scaled(bytes, 1.0 / Appends.RECORDS), 1, "B"));
    Figure start = Figure.of(Probe.of("ours.WriteAhead.start", P99));
    Probe tailed = Probe.of("ours.WriteAhead.appendAndTail", P99);
    rows.add(
        Row.atMost(
            "write-ahead", start, Figure.of(tailed.with(Map.of("starts", "false"))), 3, "ns"));
    rows.add(
        Row.shown(
            "write-ahead-vs-thread",
            start,
            Figure.of(tailed.with(Map.of("starts", "true"))),
            "ns"));
    rows.add(
        Row.atMost(
            "sync",
            Figure.of(Probe.of("ours.GroupSync.headgate", SCORE)),
            Figure.of(Probe.of("ours.GroupSync.bare", SCORE)),
            1.2,
            "ns"));
    // Times of one and the same journal: their quotient is that of the records a second.
    Figure tail = Figure.of(Probe.of("ours.Replays.tail", SCORE));
    for (Map.Entry<String, String> each :
        List.of(Map.entry("verify", "verify"), Map.entry("recovery", "recover"))) {
      rows.add(
          Row.atMost(
              each.getKey(),
              Figure.of(Probe.of("ours.Replays." + each.getValue(), SCORE)),
              tail,
              1 / 0.3,
              "ns"));
    }
  }

  // What nobody waits for at the door: no bar was set on it.
  private static void afterwards(List<Row> rows) {
    rows.add(
        Row.shown(
            "settle",
            Figure.of(Probe.of("ours.SettleBursts.settle", MEDIAN)),
            Figure.of(NANO_TIME),
            "ns"));
    params(SnapshotBenchmark.class, "agents")
        .forEach(
            agents ->
                rows.add(
                    Row.shown(
                        "snapshot-" + agents,
                        Figure.of(
                            Probe.of("ours.SnapshotBenchmark.snapshot", SCORE)
                                .with(Map.of("agents", agents))
                                .seldom()),
                        Figure.of(NANO_TIME),
                        "ns")));
  }
}
