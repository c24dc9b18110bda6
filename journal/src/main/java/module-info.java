/** The journal of every attempt, and what can be learned from it. */
module io.headgate.journal {
  requires transitive io.headgate.core;
  requires static org.jspecify;
  requires chronicle.queue;
  requires chronicle.bytes;
  requires chronicle.core;
  requires chronicle.wire;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires info.picocli;
  requires HdrHistogram;

  exports io.headgate.journal;

  opens io.headgate.replay to
      info.picocli;
}
