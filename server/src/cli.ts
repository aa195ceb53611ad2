process.stdout.write('cxq 0.1.0\n');
