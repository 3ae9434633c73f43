using Silo.Orleans.Hosting;
using Silo.Server.Hosting;

return await ServerProgram.Run(args, isCluster: true, ClusterEngine.Add);
