using System.Globalization;

namespace Silo.Benchmarks.Cluster;

/// <summary>The arguments of the verbs that run silos: names, each followed by its value.</summary>
internal static class ClusterArguments
{
    /// <summary>The assembly of Silo.Orleans, built with -p:Orleans=true.</summary>
    public static string Program(string[] arguments) =>
        Path.GetFullPath(Text(arguments, "--program", "src/Silo.Orleans/bin/Release/net10.0/Silo.Orleans.dll"));

    public static int Number(string[] arguments, string name, int otherwise) =>
        int.Parse(Text(arguments, name, $"{otherwise}"), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    public static string Text(string[] arguments, string name, string otherwise)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : otherwise;
    }
}
