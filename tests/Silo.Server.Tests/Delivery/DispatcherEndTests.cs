using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Delivery;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public sealed class DispatcherEndTests
{
    [Fact]
    public async Task A_dispatcher_that_a_bug_ended_makes_the_server_not_ready()
    {
        var server = new ApiServer();
        await server.InitializeAsync();
        try
        {
            var dispatcher = server.Provider.GetRequiredService<Dispatcher>();
            Assert.Equal("ready", (await server.Send("GET", "/readyz", signed: false)).Body);
            // No spool tells of a null; any bug in the loop does.
            dispatcher.OnCommitted([null!]);
            await Assert.ThrowsAsync<NullReferenceException>(() => dispatcher.Completion);
            Assert.Equal("not ready", (await server.Send("GET", "/readyz", signed: false)).Body);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }
}
