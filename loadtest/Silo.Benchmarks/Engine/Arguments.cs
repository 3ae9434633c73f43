using System.Globalization;

namespace Silo.Benchmarks.Engine;

/// <summary>What was given on the command line after the verb.</summary>
internal sealed class Arguments(string[] given)
{
    public bool Has(string name) => given.Contains(name);

    public int Number(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>What stands behind each occurrence of an option.</summary>
    public IEnumerable<string> Texts(string name) => given.Zip(given.Skip(1)).Where(pair => pair.First == name).Select(pair => pair.Second);

    public string? Text(string name)
    {
        var at = Array.IndexOf(given, name);
        return at >= 0 && at + 1 < given.Length ? given[at + 1] : null;
    }
}
