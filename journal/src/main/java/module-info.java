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

  exports io.headgate.journal;
}
