Console.WriteLine("usage: Silo.Benchmarks <storage|send>");
