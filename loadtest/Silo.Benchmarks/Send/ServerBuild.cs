namespace Silo.Benchmarks.Send;

/// <summary>What is to run as a server under measurement.</summary>
/// <param name="Program">This program as built elsewhere; null for the one that runs.</param>
/// <param name="Environment">Variables that it gets beside those of this process.</param>
internal sealed record ServerBuild(string Name, string? Program, IReadOnlyList<(string Name, string Value)> Environment)
{
    /// <param name="text">path,NAME=VALUE,…; an empty path for the program that runs.</param>
    public static ServerBuild Parse(string text)
    {
        var parts = text.Split(',');
        return new ServerBuild(text, parts[0].Length == 0 ? null : parts[0], [.. parts[1..].Select(Variable)]);
    }

    private static (string, string) Variable(string text) =>
        text.IndexOf('=') is > 0 and var at ? (text[..at], text[(at + 1)..]) : throw new FormatException($"{text} is not NAME=VALUE.");
}
