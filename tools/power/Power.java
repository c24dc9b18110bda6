import java.util.*;
/** What the rule of FailureTest can tell apart after how many calls: `java tools/power/Power.java`. */
public class Power {
  static double[] run(double p,int n,int seeds,int W,double pa,double ha,double pb,double hb,int min,int limit){
    double fa=Math.log(pa/.1), oa=Math.log((1-pa)/.9), fb=Math.log(pb/.1), ob=Math.log((1-pb)/.9);
    int open=0;
    SplittableRandom r=new SplittableRandom(42);
    for(int s=0;s<seeds;s++){
      double a=0,b=0; int fails=0; boolean[] win=new boolean[W]; int cnt=0;
      for(int i=0;i<limit;i++){
        boolean f=r.nextDouble()<p;
        int at=i%W; if(i>=W&&win[at])fails--; win[at]=f; if(f)fails++; cnt=Math.min(W,i+1);
        a=Math.max(0,a+(f?fa:oa)); b=Math.max(0,b+(f?fb:ob));
        if(i+1>=min && fails*100>=15*cnt && (a>=ha||b>=hb)){open++;break;}
      }
    }
    return new double[]{(double)open/seeds};
  }
  public static void main(String[] x){
    for(int W: new int[]{100,200,1000})
    for(double ha: new double[]{5.5,6,6.5}) for(double[] t: new double[][]{{.4,6},{.4,6.5},{.4,7},{.4,7.5},{.4,8},{.3,7},{.3,8}}){
      System.out.printf("W=%d ha=%.1f fast %.1f,%.1f: fp5 %.4f fp10 %.4f d50 %.4f d25 %.4f d20 %.4f%n",W,ha,t[0],t[1],
       run(.05,0,4000,W,.2,ha,t[0],t[1],20,2000)[0],run(.10,0,10000,W,.2,ha,t[0],t[1],20,2000)[0],
       run(.5,0,40000,W,.2,ha,t[0],t[1],20,40)[0],run(.25,0,20000,W,.2,ha,t[0],t[1],20,200)[0],run(.2,0,20000,W,.2,ha,t[0],t[1],20,600)[0]);
    }
  }
}
