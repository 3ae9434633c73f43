using System.Runtime.CompilerServices;
using Silo.Orleans.Wire;
using Xunit;

namespace Silo.Orleans.Tests.Wire;

/// <summary>
/// Silos of this release and the one before run side by side during an upgrade, so what they say to each other may only grow:
/// a new member takes the next free id of its record and may be absent, a new method or enum value is used by a later release than the
/// one that brings it, and nothing is renumbered, renamed or given another type. <c>SILO_WRITE_CONTRACTS=1 dotnet test …</c> writes the
/// file.
/// </summary>
public class ContractsTests
{
    [Fact]
    public void What_crosses_between_silos_is_what_was_written_down()
    {
        var actual = Contracts.Describe();
        if (Environment.GetEnvironmentVariable("SILO_WRITE_CONTRACTS") == "1") File.WriteAllText(WrittenDown(), actual);
        Assert.Equal(File.ReadAllText(WrittenDown()).ReplaceLineEndings("\n"), actual);
    }

    [Fact]
    public void Every_surrogate_belongs_to_a_record_that_is_listed()
    {
        var surrogates = typeof(WireTypes).Assembly.GetTypes()
            .Where(t => t.Namespace == "Silo.Orleans.Wire" && t.Name.EndsWith("Wire", StringComparison.Ordinal));
        Assert.Empty(surrogates.Select(t => t.Name[..^4]).Except(WireTypes.Records.Select(t => t.Name)));
    }

    private static string WrittenDown([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "contracts.txt");
}
