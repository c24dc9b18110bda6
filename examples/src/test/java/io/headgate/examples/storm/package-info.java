@NullMarked
package io.headgate.examples.storm;

import org.jspecify.annotations.NullMarked;
