/** Headgate's core: admission, engine and runtime. */
@SuppressWarnings("module") // the journal is built after it
module io.headgate.core {
  requires com.lmax.disruptor;
  requires transitive org.agrona;
  requires HdrHistogram;
  requires org.slf4j;
  requires static transitive org.jspecify;
  requires jdk.jfr;
  requires java.net.http;

  exports io.headgate;
  exports io.headgate.simulation;
  exports io.headgate.admission to
      io.headgate.journal;
  exports io.headgate.engine to
      io.headgate.journal;
  exports io.headgate.recovery to
      io.headgate.journal;
  exports io.headgate.runtime to
      io.headgate.journal;
}
