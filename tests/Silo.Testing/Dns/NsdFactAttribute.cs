using Xunit;

namespace Silo.Testing.Dns;

/// <summary>A test that needs NSD: skipped with a reason on a machine without it, run (and failed) there when CI is set.</summary>
public sealed class NsdFactAttribute : FactAttribute
{
    public NsdFactAttribute() => Skip =
        NsdServer.IsAvailable || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
            ? null
            : "NSD is not installed (looked in /usr/sbin and on the path)";
}
