using Xunit;

namespace Silo.Dns.Tests;

public class ArchitectureTests
{
    [Fact]
    public void The_client_knows_nothing_of_the_rest_of_Silo_and_no_package()
    {
        var references = typeof(DnsClient).Assembly.GetReferencedAssemblies().Select(r => r.Name!);

        Assert.All(references, r => Assert.StartsWith("System.", r, StringComparison.Ordinal));
    }
}
