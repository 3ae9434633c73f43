using System.ComponentModel;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Silo.Testing.Postgres;

/// <summary>On a test class whose inherited tests need PostgreSQL: see <see cref="ContractFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>A fact of an abstract class of tests: skipped in a deriving class that needs what this machine lacks.</summary>
[XunitTestCaseDiscoverer("Silo.Testing.Postgres.ContractFactDiscoverer", "Silo.Testing")]
public sealed class ContractFactAttribute : FactAttribute;

[XunitTestCaseDiscoverer("Silo.Testing.Postgres.ContractTheoryDiscoverer", "Silo.Testing")]
public sealed class ContractTheoryAttribute : TheoryAttribute;

public sealed class ContractFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        SkippedTestCase.ReasonFor(testMethod) is { } reason
            ? new SkippedTestCase(DiagnosticMessageSink, discoveryOptions, testMethod, reason)
            : base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
}

public sealed class ContractTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    public override IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute) =>
        SkippedTestCase.ReasonFor(testMethod) is { } reason
            ? [new SkippedTestCase(DiagnosticMessageSink, discoveryOptions, testMethod, reason)]
            : base.Discover(discoveryOptions, testMethod, theoryAttribute);
}

public sealed class SkippedTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For deserialization only")]
    public SkippedTestCase()
    {
    }

    internal SkippedTestCase(IMessageSink messages, ITestFrameworkDiscoveryOptions options, ITestMethod testMethod, string reason)
        : base(messages, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), testMethod) => SkipReason = reason;

    internal static string? ReasonFor(ITestMethod testMethod) =>
        testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any() ? PostgresSkip.Reason : null;

    protected override string GetSkipReason(IAttributeInfo factAttribute) => PostgresSkip.Reason ?? base.GetSkipReason(factAttribute);
}
