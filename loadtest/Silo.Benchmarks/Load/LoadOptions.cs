using System.Globalization;

namespace Silo.Benchmarks.Load;

/// <param name="Targets">Of running silos; senders are spread over them.</param>
/// <param name="Senders">Per target; each has one call under way.</param>
internal sealed record LoadOptions(Uri[] Targets, string KeyId, string Secret, int Seconds, int Tenants, int Senders)
{
    public const string Usage = "--targets http://host:port,… --key id:secret [--seconds 60] [--tenants 20] [--senders 8]";

    /// <summary>Null when something is missing.</summary>
    public static LoadOptions? Parse(string[] arguments)
    {
        if (Text(arguments, "--targets") is not { } targets || Text(arguments, "--key")?.Split(':', 2) is not [var id, var secret]) return null;
        return new LoadOptions(
            [.. targets.Split(',').Select(t => new Uri(t))], id, secret, Number(arguments, "--seconds", 60), Number(arguments, "--tenants", 20),
            Number(arguments, "--senders", 8));
    }

    private static int Number(string[] arguments, string name, int otherwise) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
