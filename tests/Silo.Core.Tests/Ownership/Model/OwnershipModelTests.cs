using Xunit;
using Xunit.Abstractions;

namespace Silo.Core.Tests.Ownership.Model;

public class OwnershipModelTests(ITestOutputHelper output)
{
    internal const int Walks = 5_000;

    [Fact]
    public void Whatever_one_fault_does_to_two_incarnations_no_two_act_for_a_tenant_and_its_mail_is_served()
    {
        var model = new ClusterModel(new Protocol(Mutation.None));

        var found = new Explorer(model, new FairRun(model, 2)).Explore(model.Begin(2, faults: 1), 2);

        output.WriteLine(found.ToString());
        Assert.True(found.Violation == Violation.None, found.ToString());
        // Else the exception was never tried.
        Assert.True(found.Lates > 0);
    }

    [Theory]
    [InlineData("TearBatch", "Kill")]
    [InlineData("BreakConnections", "DelayClaim")]
    public void Two_faults_together_do_no_more_harm_than_one(string one, string other)
    {
        var model = new ClusterModel(new Protocol(Mutation.None), one, other);

        var found = new Explorer(model).Explore(model.Begin(2, faults: 2), 2);

        output.WriteLine(found.ToString());
        Assert.True(found.Violation == Violation.None, found.ToString());
    }

    [Fact]
    public void Many_faults_on_three_incarnations_and_one_that_starts_late_do_no_more_harm_either()
    {
        var walks = new RandomWalks(new ClusterModel(new Protocol(Mutation.None)), 4);

        for (var seed = 0; seed < Walks; seed++)
        {
            var violation = walks.Walk(seed);
            Assert.True(violation == Violation.None, $"seed {seed}: {violation}");
        }

        output.WriteLine($"{walks.Steps} steps, {walks.Lates} late commands");
        Assert.True(walks.Lates > 0);
    }
}
