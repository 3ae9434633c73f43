using Silo.Server.Access;
using Silo.Server.AdminApi;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.Access;

/// <summary>Every operation, called with a key of every sort: who gets past the door is what <see cref="AuthorizationMatrix"/> says.</summary>
public sealed class AuthorizationMatrixTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Own = "acme";

    private static readonly SesOperation[] All = [.. SesOperations.Available, .. SesOperations.NotApplicable, .. SesOperations.NotAvailable, .. AdminOperations.All];

    [Fact]
    public void Every_operation_has_a_row_in_the_table_and_no_row_is_left_over()
    {
        var names = All.Select(o => o.Name).ToHashSet();
        Assert.Empty(names.Except(AuthorizationMatrix.Rows.Keys).Order());
        Assert.Empty(AuthorizationMatrix.Rows.Keys.Except(names).Order());
        Assert.Empty(All.Where(o => !OperationTable.IsDeclared(o)).Select(o => o.Name));
    }

    [Fact]
    public async Task Each_key_gets_as_far_as_the_table_says_with_every_operation()
    {
        var wrong = new List<string>();
        foreach (var operation in All)
        {
            if (!AuthorizationMatrix.Rows.TryGetValue(operation.Name, out var row)) continue;
            await Expect(operation, "own tenant's key", server.Acme, row.OwnTenant ? null : "AccessDeniedException", Own, server.AcmeArn);
            await Expect(operation, "other tenant's key", server.Globex, "AccessDeniedException", Own, server.AcmeArn);
            await Expect(operation, "disabled key", server.Disabled, "UnrecognizedClientException", Own, server.AcmeArn);
            await Expect(operation, "no key", null, "MissingAuthenticationTokenException", Own, server.AcmeArn);
            await Expect(operation, "operator", server.Operator, null, "nobody", server.AcmeArn + "0");
            await Expect(operation, "root", new AccessKey(SesApi.ApiServer.KeyId, SesApi.ApiServer.Secret), null, "nobody", server.AcmeArn + "0");
        }

        Assert.Empty(wrong);

        async Task Expect(SesOperation operation, string who, AccessKey? by, string? error, string tenant, string arn)
        {
            var (method, path, body) = Request(operation, tenant, arn);
            var (_, code, text) = await server.Ask(method, path, body, by, signed: by is not null);
            string[] doors = ["AccessDeniedException", "UnrecognizedClientException", "MissingAuthenticationTokenException", "InternalServiceErrorException"];
            if (error is null ? doors.Contains(code) : code != error)
                wrong.Add($"{operation.Name} by {who}: expected {error ?? "to get past the door"}, got {code} {text}");
        }
    }

    // Names in it exist for tenants' keys, so that a hole would show; for the others nothing of that name exists, so that nothing is broken.
    private static (string Method, string Path, string? Body) Request(SesOperation operation, string tenant, string arn)
    {
        var path = string.Join('/', operation.Path.Split('/').Select(segment => segment switch
        {
            "{TenantName}" => tenant,
            "{ReputationEntityReference}" => Uri.EscapeDataString(arn),
            "{ReputationEntityType}" => "RESOURCE",
            "{EmailIdentity}" => tenant + ".example",
            "{ConfigurationSetName}" => tenant + "-mail",
            "{EmailAddress}" => "r@example.net",
            _ when segment.StartsWith('{') => "nothing",
            _ => segment,
        }));
        if (operation.Method is "GET" or "DELETE") return (operation.Method, $"{path}?TenantName={tenant}", null);
        if (operation.Name == "SendEmail")
        {
            return (operation.Method, path,
                """
                {"TenantName":"NAME","FromEmailAddress":"a@NAME.example","ConfigurationSetName":"NAME-mail",
                 "Destination":{"ToAddresses":["r@example.net"]},"Content":{"Simple":{"Subject":{"Data":"x"},"Body":{"Text":{"Data":"x"}}}}}
                """.Replace("NAME", tenant));
        }

        // Reasons and the like are missing: what gets past the door is refused by what stands behind it.
        return (operation.Method, path, $$"""{"TenantName":"{{tenant}}"}""");
    }
}
